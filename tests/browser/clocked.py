"""Runs session-refresh with a wall clock that is ahead by the seconds in the file $CLOCK_FILE."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path


def ahead(wall: Callable[[], float], file: Path) -> Callable[[], float]:
    """The clock `wall`, ahead by the seconds in `file`."""
    return lambda: wall() + float(file.read_text())


if __name__ == "__main__":
    time.time = ahead(time.time, Path(os.environ["CLOCK_FILE"]))
    from service.cli.program import main  # it takes the clock at import

    main()
