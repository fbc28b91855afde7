"""A terminal: one bash that runs commands one after the other, with the installed program on its PATH."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support import program
from tests.support.waiting import wait_for

SECONDS = 300.0  # for one command: installing the package takes long on a busy machine


class Terminal:
    """A bash in `folder`; what commands change of it (`cd`, `export`) stays. Processes that it started end with it.

    `replace` says what is another text here than in the page, in commands and in what they print: a port that may be in
    use, a folder. `inside` is a command that starts what is behind it in another place, as in a namespace.
    """

    def __init__(
        self, folder: Path, replace: Mapping[str, str] | None = None, inside: Sequence[str] = (), **variables: str
    ) -> None:
        self.folder = folder
        self.replace = dict(replace or {})
        # pip warns of what is set up on this machine, and is not on the reader's.
        quiet = {"CURL_HOME": str(Path(__file__).with_name("terminal_home")), "PIP_QUIET": "2"}
        environ = program.environment(**{**quiet, **variables})
        environ.pop("CI", None)  # with it pytest prints what a reader does not see
        environ["PATH"] = f"{Path(sys.executable).parent}:{environ['PATH']}"
        self._bash = subprocess.Popen(
            [*inside, "bash", "--noprofile", "--norc"], cwd=folder, env=environ, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._started: dict[int, Path] = {}

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self._started):
            self.stop(process)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.communicate()

    def shown(self, text: str) -> str:
        """What the page says, as it is here."""
        for there, here in self.replace.items():
            text = text.replace(there, here)
        return text

    def run(self, command: str) -> tuple[int, str]:
        """Runs a command to its end: its exit status, and what it printed."""
        mark = secrets.token_hex(8)
        text = self._exchange(f"eval {shlex.quote(self.shown(command))} < /dev/null; echo {mark} $?", mark)
        printed, _, status = text.rpartition(mark)
        return int(status), printed

    def start(self, command: str, ready: Callable[[str], bool]) -> str:
        """Starts a command that goes on; returns what it printed, once that is `ready`."""
        output = self.folder / f".started-{secrets.token_hex(4)}"
        mark = secrets.token_hex(8)
        quoted = shlex.quote(f"exec {self.shown(command)}")
        text = self._exchange(f"bash -c {quoted} < /dev/null > {output} 2>&1 & echo {mark} $!", mark)
        self._started[int(text.rpartition(mark)[2])] = output
        try:
            wait_for(lambda: output.exists() and ready(output.read_text()), f"{command} to print what is written", 60)
        except AssertionError as error:
            raise AssertionError(f"{error}; printed:\n{output.read_text()}") from None
        return output.read_text()

    def stop(self, process: int | None = None, number: int = signal.SIGTERM) -> None:
        """Ends a command that was started, the last one if none is named."""
        process = process or list(self._started)[-1]
        self.run(f"kill -{number} {process}; wait {process}")
        del self._started[process]

    def _exchange(self, line: str, mark: str) -> str:
        """Writes a line to bash; what comes back up to the line with the mark. The line must not end itself."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{line}\n".encode())
        self._bash.stdin.flush()
        came, deadline = b"", time.monotonic() + SECONDS
        while not (came.endswith(b"\n") and mark.encode() in came):
            readable, _, _ = select.select([self._bash.stdout], [], [], deadline - time.monotonic())
            assert readable, f"no end after {SECONDS} s: {line}\n{came.decode()}"
            more = os.read(self._bash.stdout.fileno(), 65536)
            assert more, f"bash ended: {line}\n{came.decode()}"
            came += more
        return came.decode()
