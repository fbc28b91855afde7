"""Starts a browser that prints where it can be driven, and ends it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import wait_for

START_SECONDS = 30.0


@contextmanager
def started(command: Sequence[str | Path], folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of the web socket that the browser prints, until the end of the block."""
    output = folder / "output"
    with output.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environ)

    def address() -> str:
        return next((line.split()[-1] for line in output.read_text().splitlines() if " ws://" in line), "")

    try:
        yield wait_for(address, f"{command[0]} to listen", START_SECONDS)
    finally:
        process.terminate()
        process.wait(30)
