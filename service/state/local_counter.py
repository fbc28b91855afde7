"""Counts in the memory of this process."""

from __future__ import annotations


class LocalCounter:
    """A counter of one process.

    The memory storage of `limits` is not used: it walks over all names a hundred times a second to find the expired
    ones, and 100,000 names take half a core. Here the names of a window are dropped with the window.
    """

    def __init__(self) -> None:
        self._windows: dict[int, tuple[int, dict[str, int]]] = {}

    async def hit(self, name: str, window: int, period: int) -> int:
        """Adds one to `name` in the window of that number, and returns the new count."""
        current = self._windows.get(period)
        if current is None or current[0] != window:
            current = self._windows[period] = (window, {})
        counts = current[1]
        count = counts[name] = counts.get(name, 0) + 1
        return count
