"""The metrics, in Prometheus' text format, summed over all workers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import orjson

from service.telemetry.shared_counts import SharedCounts

if TYPE_CHECKING:
    from prometheus_client import Metric

BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5)
# By name: what it shows, the largest of all workers.
GAUGES = {
    "session_refresh_store_staleness_seconds": "Seconds since a worker last read the store; the largest of all workers.",
    "session_refresh_revocations": "Revocations that a worker holds in memory.",
    "session_refresh_local_limits": (
        "1 while a worker counts rate limits locally because the shared store does not answer."
    ),
}


class Counts:
    """What is counted: responses by route and status, refusals by reason, and others. It only grows.

    `bindings` are of requests of sessions that were let through, by route and whether the session is bound to a device.
    """

    def __init__(self) -> None:
        self.responses: dict[
            tuple[str, int], list[float]
        ] = {}  # of each bucket, of those beyond, and the sum of seconds
        self.refusals: dict[str, int] = {}
        self.bindings: dict[tuple[str, str], int] = {}
        self.dropped_lines = 0

    def response(self, route: str, status: int) -> list[float]:
        """The counts of one route and status."""
        counts = self.responses.get((route, status))
        if counts is None:
            counts = self.responses[route, status] = [0.0] * (len(BUCKETS) + 2)
        return counts

    def refuse(self, reason: str, number: int = 1) -> None:
        """Counts refusals."""
        self.refusals[reason] = self.refusals.get(reason, 0) + number

    def let_through(self, route: str, binding: str, number: int = 1) -> None:
        """Counts requests of sessions that are bound, or not."""
        self.bindings[route, binding] = self.bindings.get((route, binding), 0) + number

    def dump(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "responses": [[*key, counts] for key, counts in self.responses.items()],
            "refusals": self.refusals,
            "bindings": [[*key, number] for key, number in self.bindings.items()],
            "dropped_lines": self.dropped_lines,
        }

    def add(self, dumped: dict[str, Any]) -> None:
        """Adds the counts of another worker, as dump() gave them."""
        for route, status, more in dumped["responses"]:
            counts = self.response(route, status)
            counts[:] = map(sum, zip(counts, more, strict=True))
        for reason, number in dumped["refusals"].items():
            self.refuse(reason, number)
        for route, binding, number in dumped.get("bindings", ()):
            self.let_through(route, binding, number)
        self.dropped_lines += dumped["dropped_lines"]


class Metrics:
    """Measures responses, counts refusals, and shows the state of what the service depends on.

    With `shared`, all workers count together; without it, this is the only one.
    """

    def __init__(self, shared: SharedCounts | None = None) -> None:
        self._shared = shared
        self._counts = Counts()
        if shared is not None and (found := shared.claim()):
            self._counts.add(orjson.loads(found))
        self._dropped_before = self._counts.dropped_lines
        self._gauges = dict.fromkeys(GAUGES, 0.0)

    def observe(self, route: str, status: int, seconds: float, reason: str, *, bound: bool | None = None) -> None:
        """Counts one response. `bound`: whether its session is bound to a device, None if that was not asked."""
        counts = self._counts.response(route, status)
        counts[bisect_left(BUCKETS, seconds)] += 1
        counts[-1] += seconds
        if reason:
            self._counts.refuse(reason)
        elif bound is not None and status == 200:
            self._counts.let_through(route, "bound" if bound else "unbound")

    def state(self, staleness: float, revocations: int, local_limits: bool, dropped_lines: int) -> None:
        """Shows the state of this worker. `dropped_lines` is the total so far."""
        values = (min(staleness, 1e9), float(revocations), float(local_limits))
        self._gauges = dict(zip(GAUGES, values, strict=True))
        self._counts.dropped_lines = self._dropped_before + dropped_lines
        with suppress(OSError):  # no memory: text() says so
            self._publish()

    def text(self) -> bytes:
        """The metrics of all workers. Raises OSError if there is no memory to share them."""
        from prometheus_client import CollectorRegistry, generate_latest

        if self._shared is None:
            counts, gauges = self._counts, self._gauges
        else:
            # Ours, too, are read from there: a counter that another worker shows next must not be smaller.
            self._publish()
            counts, gauges = _sum(self._shared)
        registry = CollectorRegistry()
        registry.register(_Collector(list(_families(counts, gauges))))
        return generate_latest(registry)

    def _publish(self) -> None:
        if self._shared is not None:
            self._shared.publish(orjson.dumps(self._counts.dump() | {"gauges": self._gauges}))


def _sum(shared: SharedCounts) -> tuple[Counts, dict[str, float]]:
    """The counts of all workers there ever were, and the largest gauges of those that live."""
    counts, gauges = Counts(), dict.fromkeys(GAUGES, 0.0)
    for lives, data in shared.published():
        if data:
            dumped = orjson.loads(data)
            counts.add(dumped)
            if lives:
                gauges = {name: max(value, dumped["gauges"][name]) for name, value in gauges.items()}
    return counts, gauges


class _Collector:
    """What a registry of prometheus_client collects from."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _families(counts: Counts, gauges: dict[str, float]) -> Iterator[Metric]:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    responses = HistogramMetricFamily(
        "session_refresh_response_seconds",
        "Seconds from the complete request to the response handed over, by route and status; _count counts them.",
        labels=["route", "status"],
    )
    bounds = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]
    for (route, status), values in counts.responses.items():
        buckets = list(zip(bounds, accumulate(values[:-1]), strict=True))
        responses.add_metric([route, str(status)], buckets, values[-1])
    yield responses
    refusals = CounterMetricFamily("session_refresh_refusals", "Refused requests, by reason.", labels=["reason"])
    for reason, number in counts.refusals.items():
        refusals.add_metric([reason], number)
    yield refusals
    if counts.bindings:  # sessions are bound to devices
        bindings = CounterMetricFamily(
            "session_refresh_session_requests",
            "Requests of sessions that were let through, by route and whether the session is bound to its device.",
            labels=["route", "binding"],
        )
        for key, number in counts.bindings.items():
            bindings.add_metric(key, number)
        yield bindings
    for name, value in gauges.items():
        yield GaugeMetricFamily(name, GAUGES[name], value)
    yield CounterMetricFamily(
        "session_refresh_log_lines_dropped",
        "Log lines that could not be written: nobody reads them, or the disk is full.",
        counts.dropped_lines,
    )
