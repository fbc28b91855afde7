"""The installed program, and any other that serves: start it, wait for the address that it prints, stop it.

Nothing outside the standard library is imported: sdk/ and benchmarks/ use this module too, in environments of their own.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("session-refresh"))  # in the environment that this runs in
START_SECONDS = 20.0
STOP_SECONDS = 40.0
_ADDRESS = re.compile(r"http://(?:[0-9.]+|\[[0-9a-f:.]+\]):(\d+)")


class DidNotStart(Exception):
    """The program ended, or printed no address in time; the message holds what it printed."""


@dataclass(frozen=True)
class Server:
    """A program that runs and has printed its address."""

    process: subprocess.Popen[bytes]
    address: str
    port: int

    def stop(self, number: int = signal.SIGTERM, seconds: float = STOP_SECONDS) -> int:
        """Sends the signal, unless the program has ended; its exit status. Processes that it leaves behind are killed.

        Raises subprocess.TimeoutExpired for a program that had to be killed because it did not end in time.
        """
        try:
            if self.process.poll() is None:
                self.process.send_signal(number)
            return self.process.wait(seconds)
        finally:
            _kill(self.process)


def environment(**variables: str) -> dict[str, str]:
    """The variables of this process and `variables`, without settings of the service that this process happens to have.

    PYTHONPATH is left out: with it a program would import the checkout, and what is tested is what is installed.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("SESSION_REFRESH_")
    }
    return inherited | variables


def run(
    *arguments: str, environ: Mapping[str, str], folder: Path | None = None, seconds: float = 60.0,
    command: Sequence[str] = (PROGRAM,),
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Runs a command of the installed program to its end."""
    return subprocess.run(
        [*command, *arguments], env=environ, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
    )


def start(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, *,
    output: Path, log: Path | None = None, cores: Set[int] = frozenset(), seconds: float = START_SECONDS,
) -> Server:  # fmt: skip
    """Starts a program in `folder`; returns as soon as it has printed its address, which may be before it answers.

    Its output is appended to the file `output`, with its errors unless `log` names another file for them. With `cores`,
    it stays on those. It leads a process group of its own.
    """
    with output.open("ab") as to_output, (log or output).open("ab") as to_log, pinned(cores):
        begin = to_output.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            command, env=environ, cwd=folder, stdout=to_output, stderr=to_log, start_new_session=True
        )
    deadline = time.monotonic() + seconds
    try:
        while True:
            ended = process.poll() is not None  # checked before its output, so that the output is complete
            if found := _ADDRESS.search(_text(output, begin)):
                return Server(process, found[0], int(found[1]))
            if ended or time.monotonic() > deadline:
                printed = _text(output, begin) + (_text(log) if log else "")
                raise DidNotStart(f"{' '.join(command)} printed no address:\n{printed.strip()}")
            time.sleep(0.01)
    except BaseException:
        _kill(process)
        raise


@contextlib.contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, *,
    output: Path, log: Path | None = None, cores: Set[int] = frozenset(), seconds: float = START_SECONDS,
) -> Iterator[Server]:  # fmt: skip
    """The program as start() starts it, until the block ends."""
    server = start(command, environ, folder, output=output, log=log, cores=cores, seconds=seconds)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def pinned(cores: Set[int]) -> Iterator[None]:
    """What is started inside stays on these cores, if any are named."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _text(file: Path, begin: int = 0) -> str:
    return file.read_bytes()[begin:].decode(errors="replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills the process and its group, whatever of it still runs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
