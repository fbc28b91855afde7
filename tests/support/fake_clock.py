"""A clock that moves only when the test moves it."""

from __future__ import annotations


class FakeClock:
    """A clock whose seconds the test sets."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self):
        return self.seconds
