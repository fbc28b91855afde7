"""promtool reads what is in deploy/monitoring, and the alerts fire after the time that they say."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tests.monitoring.prometheus import MONITORING, RULES
from tests.support.proxy_process import need

CHECKS = {
    "rules": ["check", "rules", "--lint=all", "--lint-fatal", str(RULES)],
    "configuration": ["check", "config", str(MONITORING / "prometheus.yaml")],
    "tests of the rules": ["test", "rules", str(MONITORING / "session-refresh.rules.test.yaml")],
}


@pytest.mark.parametrize("arguments", CHECKS.values(), ids=CHECKS)
def test_promtool_finds_nothing_wrong(arguments):
    """`promtool` has nothing to say about the file."""
    need("promtool")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_test():
    """In the tests of the rules each alert fires, as severe as it says."""
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    text = (MONITORING / "session-refresh.rules.test.yaml").read_text()
    fired = set(re.findall(r'labels: .ALERTS{alertname="(\w+)", alertstate="firing", .*severity="(\w+)"', text))
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in rules} == fired
