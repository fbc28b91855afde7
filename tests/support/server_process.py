"""A server process that a test can stop, start again on its port, and make hang."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.support.processes import children
from tests.support.waiting import wait_for

PORTS = range(20_000, 32_000)  # below those that the kernel gives to clients: none of them takes it meanwhile


def free_port() -> int:
    """A port that nobody listens on now."""
    while True:
        with suppress(OSError), socket.create_server(("", secrets.choice(PORTS))) as listener:
            return int(listener.getsockname()[1])


class ServerProcess:
    """A server process that can be stopped, started again on its port, and made to hang."""

    stop_signal = signal.SIGINT  # a fast shutdown of PostgreSQL

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="session-refresh-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._stopped: list[int] = []

    def command(self) -> list[str]:
        """The command line that starts it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def user(self) -> str | None:
        """The user to run it as."""
        return None

    def start(self) -> None:
        """Starts it, unless it runs; returns once it answers."""
        if self.process is None:
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    self.command(), cwd=self.folder, user=self.user(), stdout=log, stderr=log, start_new_session=True
                )
        wait_for(self.answers, f"{type(self).__name__} to answer", 20)

    def stop(self) -> None:
        """Stops it. Its connections break, and new ones are refused."""
        if self.process is not None:
            self.resume()
            self.process.send_signal(self.stop_signal)
            self.process.wait(20)
            self.process = None

    def hang(self) -> None:
        """Suspends all its processes: the kernel still accepts connections, nothing is ever answered."""
        assert self.process is not None
        self._stopped = [self.process.pid, *children(self.process.pid)]
        for pid in self._stopped:
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Ends hang()."""
        for pid in self._stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._stopped = []

    def remove(self) -> None:
        """Stops it and deletes what it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
