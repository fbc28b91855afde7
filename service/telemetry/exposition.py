"""Counts and gauges in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from service.telemetry.counts import BUCKETS, Counts
from service.telemetry.gauges import GAUGES, Values

if TYPE_CHECKING:
    from prometheus_client import Metric


def text(counts: Counts, gauges: Values) -> bytes:
    """All families of metrics."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(list(_families(counts, gauges))))
    return generate_latest(registry)


class _Collector:
    """What a registry of prometheus_client collects from."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _families(counts: Counts, gauges: Values) -> Iterator[Metric]:
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
    for name, (says, labels) in GAUGES.items():
        family = GaugeMetricFamily(name, says, labels=labels)
        for (of, *label_values), value in gauges.items():
            if of == name:
                family.add_metric(label_values, value)
        yield family
    yield CounterMetricFamily(
        "session_refresh_crashes", "Faults of ours that a client got 500 for; the log has a traceback.", counts.crashes
    )
    yield CounterMetricFamily(
        "session_refresh_worker_restarts", "Workers that took the place of one that had ended.", counts.restarts
    )
    yield CounterMetricFamily(
        "session_refresh_log_lines_dropped",
        "Log lines that could not be written: nobody reads them, or the disk is full.",
        counts.dropped_lines,
    )
