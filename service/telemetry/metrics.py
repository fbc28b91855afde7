"""The metrics, in Prometheus' text format, summed over all workers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from contextlib import suppress

import orjson

from service.telemetry import exposition, gauges
from service.telemetry.counts import BUCKETS, Counts
from service.telemetry.gauges import LOCAL_LIMITS, REVOCATIONS, STALENESS, WORKERS, Gauge, Values
from service.telemetry.shared_counts import SharedCounts


class Metrics:
    """Measures responses, counts refusals, and shows the state of what the service depends on.

    With `shared`, all workers count together; without it, this is the only one.
    """

    def __init__(self, shared: SharedCounts | None = None) -> None:
        self._shared = shared
        self._counts = Counts()
        if shared is not None and (found := shared.claim()):
            self._counts.add(orjson.loads(found)["counts"])
            self._counts.restarts += 1
        self._dropped_before = self._counts.dropped_lines
        self._gauges: Values = {}

    def expect(self, route: str, statuses: Iterable[int]) -> None:
        """Shows these responses as 0 until there is one: nobody sees the first one in a series that begins with it."""
        for status in statuses:
            self._counts.response(route, status)

    def observe(self, route: str, status: int, seconds: float, reason: str, *, bound: bool | None = None) -> None:
        """Counts one response. `bound`: whether its session is bound to a device, None if that was not asked."""
        counts = self._counts.response(route, status)
        counts[bisect_left(BUCKETS, seconds)] += 1
        counts[-1] += seconds
        if reason:
            self._counts.refuse(reason)
        elif bound is not None and status == 200:
            self._counts.let_through(route, "bound" if bound else "unbound")

    def crash(self) -> None:
        """Counts a fault of ours."""
        self._counts.crashes += 1

    def state(
        self, staleness: float, revocations: int, local_limits: bool, dropped_lines: int, more: Values | None = None
    ) -> None:
        """Shows the state of this worker. `dropped_lines` is the total so far, `more` are further gauges."""
        self._gauges = {
            (STALENESS,): min(staleness, 1e9),
            (REVOCATIONS,): float(revocations),
            (LOCAL_LIMITS,): float(local_limits),
            **(more or {}),
        }
        self._counts.dropped_lines = self._dropped_before + dropped_lines
        with suppress(OSError):  # no memory: text() says so
            self._publish()

    def text(self) -> bytes:
        """The metrics of all workers. Raises OSError if there is no memory to share them."""
        if self._shared is None:
            return exposition.text(self._counts, {**self._gauges, **_workers(1, 0)})
        # Ours, too, are read from there: a counter that another worker shows next must not be smaller.
        self._publish()
        return exposition.text(*_sum(self._shared))

    def _publish(self) -> None:
        if self._shared is not None:
            self._shared.publish(orjson.dumps({"counts": self._counts.dump(), "gauges": gauges.dump(self._gauges)}))


def _sum(shared: SharedCounts) -> tuple[Counts, dict[Gauge, float]]:
    """The counts of all workers there ever were, and the largest gauges of those that live."""
    counts, shown, missing = Counts(), [], 0
    for lives, data in shared.published():
        dumped = orjson.loads(data) if data else None
        if dumped is not None:
            counts.add(dumped["counts"])
        if not lives:
            missing += 1
        elif dumped is not None:
            shown.append(gauges.load(dumped["gauges"]))
    return counts, {**gauges.largest(shown), **_workers(len(shown), missing)}


def _workers(running: int, missing: int) -> dict[Gauge, float]:
    return {(WORKERS, "running"): float(running), (WORKERS, "missing"): float(missing)}
