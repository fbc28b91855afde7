"""A healthy service that is used: each panel of the dashboard shows something, and no alert fires."""

from __future__ import annotations

import json
import shutil

from tests.monitoring.conftest import SETTINGS
from tests.monitoring.prometheus import MONITORING, Prometheus
from tests.support.dashboards import total
from tests.support.device import bind, cookie_header, refresh
from tests.support.identity_provider import Endpoints
from tests.support.providers import Keys
from tests.support.service import Service

ROUNDS = 8


def queries():
    """The title of each panel with each of its queries, as Grafana would send it for all instances."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$instance", ".*").replace("$__rate_interval", "4s")
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            (metric, _) = variable["query"]["query"].removeprefix("label_values(").rstrip(")").split(", ")
            yield f"variable {variable['name']}", metric


def is_empty(prometheus: Prometheus, expression: str) -> bool:
    return not [each for each in prometheus.query(expression) if each["value"][1] != "NaN"]


def test_dashboard_shows_data_and_no_alert_fires(start, watch, use, valkey, postgresql, tmp_path):
    """Two machines, a database, shared limits, proxies, an identity provider, bound sessions, and some who are refused."""
    keys_file = tmp_path / "keys.json"
    owner = Service(tmp_path, KEYS_FILE=str(keys_file))
    owner.cli("keys", "add")
    shared = {"DATABASE_URL": postgresql.new_database(), "RATE_LIMIT_URL": valkey.url, "DEVICE_BINDING": "offer"}
    first = start("--internal", "127.0.0.1:0", KEYS_FILE=str(keys_file), **shared, **SETTINGS)
    owner.environ["SESSION_REFRESH_DATABASE_URL"] = shared["DATABASE_URL"]
    owner.cli("keys", "promote", "--force", owner.cli("keys", "add").stdout.strip())  # one that may be retired some day
    copy = tmp_path / "copy.json"
    shutil.copy2(keys_file, copy)
    second = start(KEYS_FILE=str(copy), **shared, **SETTINGS)
    endpoints = Endpoints(first, Keys())
    endpoints.trust()
    bound = bind(first, first.sign(sid="bound"))
    proxy = first.internal
    prometheus = watch(first, second)
    tabs = [*use(first), *use(second)]
    for number in range(ROUNDS):
        assert first.refresh(None).status == 401
        assert proxy.get("/verify", cookie_header(tabs[0].tokens[-1])).status == 200
        assert (
            endpoints.logout(endpoints.logouts.token(claims={"jti": f"logout-{number}", "sid": "nobody"})).status == 200
        )
        assert refresh(first, bound.token, bound.cookie).status == 200
        prometheus.await_evaluation()
    assert [each for each in queries() if is_empty(prometheus, each[1])] == []
    assert prometheus.rule_problems() == []
    assert prometheus.fired() == set()
    assert total(tabs).keys() == {200}
