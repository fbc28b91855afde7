"""Waiting for a condition, with a time limit: tests never sleep for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 10.0) -> Any:
    """The first true value of `condition`; fails with `what` was waited for if there is none in time."""
    deadline = time.monotonic() + seconds
    pause = 0.001  # most conditions hold at once; the others are not asked in vain for long
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
    return value
