"""A running `session-refresh serve`, as tests use it: started, asked, observed, stopped."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.support import program
from tests.support.cli_runner import CliRunner
from tests.support.client import Client
from tests.support.program import PROGRAM
from tests.support.replies import Reply
from tests.support.service_log import ServiceLog
from tests.support.waiting import wait_for

START_SECONDS = 60.0


class Service(CliRunner, Client):
    """The service, its state directory, its log; commands run with its settings, and requests go to its port."""

    def __init__(self, folder: Path, *options: str, command: Sequence[str] = (PROGRAM,), **settings: str) -> None:
        super().__init__(folder, **settings)
        self.command = command
        self.options = options
        self.log = ServiceLog(folder / "log")
        self.port = 0
        self.server: program.Server | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started."""
        assert self.server is not None, "the service was not started"
        return self.server.process

    def start(self) -> Service:
        """Starts the program; returns once it answers /healthz."""
        self.server = program.start(
            [*self.command, "serve", "--port", str(self.port), *self.options], self.environ, self.folder,
            output=self.folder / "output", log=self.log.file, seconds=START_SECONDS,
        )  # fmt: skip
        self.port = self.server.port
        wait_for(self.answers, "the service to answer", START_SECONDS)
        return self

    def wait_for_workers(self, count: int) -> None:
        """Returns once so many workers have started, those that died since included: start() waits for the first."""
        wait_for(lambda: self.log.events().count("store available") >= count, f"{count} workers", START_SECONDS)

    def answers(self) -> bool:
        """Whether /healthz answers 200."""
        assert self.server is None or self.process.poll() is None, self.log.text()
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    @property
    def internal(self) -> Client:
        """A client of the internal listener, whose address is printed behind the public one."""
        output = self.folder / "output"
        line = re.compile(r"its internal listener is http://.+:([0-9]+)\n")
        found = wait_for(lambda: line.findall(output.read_text()), "the internal listener's address")
        client = Client()
        client.port, client.secrets = int(found[-1]), self.secrets
        return client

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal; the exit status. What is left of its workers is killed."""
        assert self.server is not None
        return self.server.stop(number)

    def lose_store(self) -> None:
        """Deletes the embedded database and blocks its place; returns once the service has noticed."""
        for file in self.state.glob("state.db*"):
            file.unlink()
        (self.state / "state.db").mkdir()
        wait_for(lambda: self.get("/readyz").status == 503, "the service to notice that the store is gone")

    def memory(self) -> int:
        """The resident memory of the process, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def descriptors(self) -> int:
        """How many files and connections the process has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def log_mark(self) -> int:
        """The size of the log in bytes, once the line of every request that was answered before is in it."""
        self.log.request(self.get("/healthz").header("x-request-id"))
        return self.log.file.stat().st_size

    def requests_since(self, mark: int) -> list[dict[str, Any]]:
        """The log lines of the requests that were answered since log_mark()."""
        self.log_mark()
        return [line for line in self.log.lines(mark) if line["event"] == "request"][
            :-1
        ]  # the last one is log_mark's own request

    def reason_of(self, reply: Reply) -> str | None:
        """The reason that the log gives for a response."""
        return self.log.request(reply.header("x-request-id"))["reason"]  # type: ignore[no-any-return]


@contextlib.contextmanager
def starting(home: Path) -> Iterator[Callable[..., Service]]:
    """Starts services in folders in `home`: start(*serve_options, **settings). Each is stopped at the end."""
    started: list[Service] = []

    def start_one(
        *options: str, folder: Path | None = None, command: Sequence[str] = (PROGRAM,), **settings: str
    ) -> Service:
        where = folder or home / f"service-{len(started)}"
        where.mkdir(exist_ok=True)
        service = Service(where, *options, command=command, **{"LOG_FORMAT": "json", **settings})
        started.append(service)
        return service.start()

    yield start_one
    for running in started:
        if running.server is not None and running.process.poll() is None:
            running.stop()
