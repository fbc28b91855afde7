"""Dashboard, alerts and their page name what the service exports, all of it, and nothing else."""

from __future__ import annotations

import ast
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.api import contract
from service.operations import device, internal
from tests.support import manifests
from tests.support.exported_metrics import families

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy/monitoring/grafana-dashboard.json").read_text())
GROUPS = yaml.safe_load((ROOT / "deploy/monitoring/session-refresh.rules.yaml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
PAGE = (ROOT / "docs/monitoring.md").read_text()
PANELS = DASHBOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]
SAMPLES = {  # what a family's samples are called beside its own name
    f"session_refresh_response_seconds{end}": "session_refresh_response_seconds"
    for end in ("_count", "_bucket", "_sum")
}


def named(*expressions: str) -> set[str]:
    """The families that expressions name."""
    found = {name for expression in expressions for name in re.findall(r"session_refresh_\w+", expression)}
    return {SAMPLES.get(name, name) for name in found}


def matched(label: str) -> set[str]:
    """The values that rules and dashboard match a label with, by = and =~."""
    texts = [rule["expr"] for rule in RULES] + QUERIES
    return {value for text in texts for value in re.findall(rf'\b{label}=~?"([^"]*)"', text)}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of the page."""
    table = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [re.split(r" *\| *", line.strip("| ")) for line in table.splitlines() if line.startswith("| `")]


def test_alerts_name_only_what_is_exported():
    """An alert on a metric that is not there would never fire."""
    assert named(*(rule["expr"] for rule in RULES)) <= families().keys()


def test_dashboard_shows_all_that_is_exported_and_nothing_else():
    """A metric that nobody sees need not be there."""
    assert named(*QUERIES) == families().keys()


def test_operations_that_are_matched_are_those_of_the_documents():
    """A route is an operationId."""
    operations = {route for each in (contract, internal, device) for route in each.load().responses()}
    assert {name for value in matched("route") for name in value.split("|")} <= operations


def test_reasons_that_are_matched_are_those_of_the_code():
    """Each begins a text in a file that refuses requests."""
    texts = {
        node.value
        for file in (ROOT / "security").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    wanted = [re.compile(reason) for reason in matched("reason")]
    assert wanted
    assert [each.pattern for each in wanted if not any(each.match(text) for text in texts)] == []


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule["alert"]) for rule in RULES])
def test_alert_says_what_to_do(rule: Any):
    """It has a severity that the page explains, a line for the pager, and what to do."""
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["alert"].startswith("SessionRefresh")
    assert 0 < len(rule["annotations"]["summary"]) < 100
    assert len(rule["annotations"]["description"]) > 60


def test_page_lists_each_metric_once_with_its_labels():
    """The table is what the code exports."""
    listed = [(row[0].strip("`"), frozenset(re.findall(r"`(\w+)`", row[1]))) for row in rows("Metrics")]
    assert len(listed) == len(dict(listed))
    assert dict(listed) == families()


def test_page_lists_each_alert_once_with_its_severity():
    """The table is what is in the rules."""
    listed = [(row[0].strip("`"), row[1]) for row in rows("Alerts")]
    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]


def test_commands_at_night_are_those_of_the_installations():
    """Each `check` is a command of the page of its installation; the log is that of the unit, or of the pods' label."""
    table = {cells[0]: cells[1:] for cells in (re.split(r" *\| *", line.strip("| ")) for line in PAGE.splitlines())}
    check, log = table["[systemd](systemd.md)"]
    assert f"$ {check.strip('`')}\n" in (ROOT / "docs/systemd.md").read_text()
    assert "journalctl -u session-refresh -o cat " in log
    assert (ROOT / "deploy/session-refresh.service").exists()
    check, log = table["[Kubernetes](kubernetes.md)"]
    assert check.strip("`").replace(" -n session-refresh", "") in manifests.commands()
    assert "kubectl create namespace session-refresh" in manifests.commands()
    name, _, value = re.findall(r"--selector (\S+)`", log)[0].partition("=")
    selected = [kind for kind in ("Deployment", "Job") if manifests.pod_of(kind)["metadata"]["labels"][name] == value]
    assert selected == ["Deployment"]


def test_panels_lie_side_by_side():
    """Their ids are different, each is inside the 24 columns, and no two overlap."""
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 and place["h"] > 0 for place in places)
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


def test_each_panel_asks_the_chosen_prometheus_for_the_chosen_instances():
    """It says what it shows, in a unit; its queries follow both variables."""
    for panel in (panel for panel in PANELS if panel["type"] != "row"):
        assert panel["description"], panel["title"]
        assert "unit" in json.dumps(panel) or panel["type"] == "state-timeline", panel["title"]
        for target in panel["targets"]:
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            assert "ALERTS" in target["expr"] or 'instance=~"$instance"' in target["expr"], target["expr"]
            braces = target["expr"].replace("ALERTS{", "").count("session_refresh_")
            assert target["expr"].count('instance=~"$instance"') >= braces, "each metric is of the chosen instances"
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}
