"""The clock: wall time that does not step back."""

from __future__ import annotations

from service.runtime.clock import MAX_BEHIND, SLEW, Clock


class FakeClocks:
    """A wall clock that can be set, and a monotonic one that cannot."""

    def __init__(self):
        self.wall = 1_000_000.0
        self.monotonic = 50.0

    def go_on(self, seconds, *, step=0.0):
        self.wall += seconds + step
        self.monotonic += seconds

    def clock(self):
        return Clock(lambda: self.wall, lambda: self.monotonic)


def test_clock_tells_wall_time():
    """As long as the wall clock goes on, ours tells the same; a step ahead is followed at once."""
    clocks = FakeClocks()
    clock = clocks.clock()
    assert clock() == 1_000_000.0
    clocks.go_on(10)
    assert clock() == 1_000_010.0
    clocks.go_on(1, step=3600)
    assert clock() == 1_003_611.0


def test_step_back_is_slewed():
    """After a step back ours goes on at half speed, never back, until the wall clock has caught up."""
    clocks = FakeClocks()
    clock = clocks.clock()
    clocks.go_on(0, step=-60)
    told = [clock()]
    for _ in range(130):
        clocks.go_on(1)
        told.append(clock())
    assert told == sorted(told)
    assert told[10] == 1_000_000.0 + 10 * SLEW
    assert told[118] == 1_000_000.0 + 118 * SLEW
    assert told[130] == clocks.wall == 1_000_000.0 + 70


def test_clock_that_was_far_wrong_is_put_right():
    """A step back of more than a quarter of an hour is followed: before it, the clock was wrong."""
    clocks = FakeClocks()
    clock = clocks.clock()
    clocks.go_on(0, step=-MAX_BEHIND)
    assert clock() == 1_000_000.0
    clocks.go_on(0, step=-1)
    assert clock() == clocks.wall == 1_000_000.0 - MAX_BEHIND - 1
    clocks.go_on(5)
    assert clock() == clocks.wall
