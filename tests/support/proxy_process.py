"""A proxy of Debian's as a process of its own, on a port of this machine."""

from __future__ import annotations

import shutil
import signal
import socket

import pytest

from tests.support.server_process import ServerProcess


class ProxyProcess(ServerProcess):
    """A proxy that runs in a folder of its own."""

    stop_signal = signal.SIGTERM

    def answers(self) -> bool:
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def connect(self, seconds: float = 10.0) -> socket.socket:
        """A connection to the proxy."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)


def need(*programs: str) -> None:
    """Ends the run unless all `programs` are installed: what was to be shown would not be."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.exit(f"no {program}: install Debian's package {program} (apt-get install {program})", returncode=1)
