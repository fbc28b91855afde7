"""The one clock of a process: wall time that never steps back."""

from __future__ import annotations

import time
from collections.abc import Callable

SLEW = 0.5  # how fast our clock runs while the wall clock is behind it
MAX_BEHIND = 900.0  # seconds; if the wall clock is further behind, ours was wrong, and the wall clock is followed


class Clock:
    """Unix seconds, like time.time. After a step back of the wall clock it runs slower until the wall clock catches up.

    A token that was issued a moment ago must not lie in the future because an administrator or NTP set the clock back:
    its user would be signed out. A large step back is followed at once: if the clock had been years ahead, running
    slower would keep every user out for years.
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
