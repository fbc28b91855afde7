"""The wall clock of one machine, set by libfaketime: for a program that runs on it, and for nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.support.program import PROGRAM

LIBRARIES = Path("/usr/lib")
# In libfaketime 0.9.10, clock_nanosleep(2), which time.sleep calls, fails where the monotonic clock is not faked.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
"""


class MachineClock:
    """A wall clock that is ahead of ours by `seconds`, until step(). The monotonic clock goes on as it is."""

    def __init__(self, folder: Path, seconds: int = 0) -> None:
        (library,) = LIBRARIES.glob("*/faketime/libfaketimeMT.so.1")  # Debian's package faketime
        folder.mkdir()
        self._file = folder / "seconds"
        self.step(seconds)
        (folder / "sitecustomize.py").write_text(SLEEP)
        self.environ = {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": str(folder),
        }  # fmt: skip
        # `env` replaces itself by the program, so its process is the program's.
        self.command = ["env", *(f"{name}={value}" for name, value in self.environ.items()), PROGRAM]

    def step(self, seconds: int) -> None:
        """From now on it is ahead by `seconds`."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self._file)
