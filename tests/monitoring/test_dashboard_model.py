"""The dashboard fits Grafana's model of one: nothing is in it that Grafana would pass over.

Grafana itself is not run, as Debian does not have it. Its makers publish the model, generated from the schema that Grafana
has, as classes that keep what they know of the JSON and drop all else.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins, runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.monitoring.prometheus import MONITORING

DASHBOARD = json.loads((MONITORING / "grafana-dashboard.json").read_text())
# Of the annotation editor of the data source, which the model of dashboards does not have.
OF_THE_DATA_SOURCE = {"/annotations/list/0/titleFormat", "/annotations/list/0/textFormat"}


def lost(given: Any, kept: Any, path: str = "") -> Iterator[str]:
    """The path of each member that is not kept as it was given."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            yield from lost(value, kept[name], f"{path}/{name}") if name in kept else [f"{path}/{name}"]
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from lost(one, other, f"{path}/{number}")
    elif given != kept:
        yield path


def unknown(dashboard: Any) -> set[str]:
    """What Grafana's model does not know."""
    plugins.register_default_plugins()
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    kinds = {
        f"{number}: {panel['type']}"
        for number, panel in enumerate(dashboard["panels"])
        if panel["type"] != "row" and runtime.panelcfg_config(panel["type"]) is None
    }
    return (set(lost(dashboard, kept)) | kinds) - OF_THE_DATA_SOURCE


def test_dashboard_has_nothing_that_grafana_does_not_know():
    """Each member of each panel, query and variable is one of the model, and each kind of panel is Grafana's own."""
    assert unknown(DASHBOARD) == set()


FAULTS = {
    "member of a panel": lambda panel: panel.update(titel="x"),
    "option": lambda panel: panel["options"].update(legnd={}),
    "field option": lambda panel: panel["fieldConfig"]["defaults"].update(untit="s"),
    "option of its lines": lambda panel: panel["fieldConfig"]["defaults"]["custom"].update(fillOpac=1),
    "member of a query": lambda panel: panel["targets"][0].update(exp="up"),
    "kind of panel": lambda panel: panel.update(type="timesries"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_model_finds_what_is_misspelt(fault):
    """The check above sees a fault in each part of a panel."""
    broken = copy.deepcopy(DASHBOARD)
    fault(next(panel for panel in broken["panels"] if panel["type"] == "timeseries"))
    assert unknown(broken) != set()
