"""The one clock of a process: wall time that does not step back."""

from __future__ import annotations

import time
from collections.abc import Callable

SLEW = 0.5  # while the wall clock is behind, ours runs at this speed until it has caught up
MAX_BEHIND = 900.0  # but a wall clock that is behind by more is followed: ours was wrong, not late


class Clock:
    """Unix seconds, like time.time, except that a step back of the wall clock is slewed instead of followed.

    A token that was issued a moment ago must not lie in the future because an administrator or NTP set the clock back:
    its holder would be signed out for nothing. Had the wall clock leapt years ahead and been put right, slewing would
    keep every user out for years instead.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._last = wall()
        self._read_at = monotonic()

    def __call__(self) -> float:
        """Now, in unix seconds; not less than what the last call gave, except after a step that is followed."""
        wall, read_at = self._wall(), self._monotonic()
        if self._last - MAX_BEHIND <= wall < self._last:
            wall = self._last + (read_at - self._read_at) * SLEW
        self._last, self._read_at = wall, read_at
        return wall
