"""Every family of metrics that the code can export, with its labels: read from /metrics' own text."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from service.telemetry.gauges import GAUGES
from service.telemetry.metrics import Metrics


def families() -> dict[str, frozenset[str]]:
    """The labels of each family, by the name that queries use: a counter's ends in _total."""
    metrics = Metrics()
    metrics.observe("route", 200, 0.1, "", bound=True)
    metrics.observe("route", 401, 0.1, "reason")
    metrics.state(1.0, 1, True, 1, {(name, *labels): 1.0 for name, (_, labels) in GAUGES.items()})
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[family.name + ("_total" if family.type == "counter" else "")] = frozenset(labels)
    return found
