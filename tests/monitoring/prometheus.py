"""Debian's Prometheus, which scrapes services and evaluates the rules of deploy/monitoring."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.support.server_process import ServerProcess
from tests.support.service import Service
from tests.support.waiting import wait_for

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
RULES = MONITORING / "session-refresh.rules.yaml"
INTERVAL = 0.5  # seconds between two scrapes, and between two evaluations
FOR = "2s"


def shortened() -> str:
    """The rules with each `for` as FOR: the expressions are those that are shipped. promtool tests the durations."""
    rules = yaml.safe_load(RULES.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = FOR
    return yaml.safe_dump(rules)


class Prometheus(ServerProcess):
    """A Prometheus whose job session-refresh scrapes `services`."""

    stop_signal = signal.SIGTERM

    def __init__(self, services: Sequence[Service]) -> None:
        super().__init__()
        self._targets = [f"127.0.0.1:{service.port}" for service in services]
        interval = f"{int(INTERVAL * 1000)}ms"
        config = {
            "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "session-refresh", "static_configs": [{"targets": self._targets}]}],
        }
        (self.folder / "rules.yaml").write_text(shortened())
        (self.folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self.watching_since = 0.0

    def command(self) -> list[str]:
        return [
            "prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=data",
            f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn",
        ]  # fmt: skip

    def answers(self) -> bool:
        assert self.process is None or self.process.poll() is None, (self.folder / "log").read_text()
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                return True
        except (URLError, OSError):
            return False

    def start(self) -> None:
        """Returns once it has scraped each service, which it begins with after 5 s, and says no more that none is up."""
        super().start()
        wait_for(lambda: len(self.query("up == 1")) == len(self._targets), "Prometheus to scrape the services", 30)
        self.await_evaluation()
        wait_for(lambda: not self.firing(), "the alerts of the start to end")
        self.watching_since = time.time()

    def _ask(self, path: str, **parameters: Any) -> Any:
        with urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as reply:
            answer = json.load(reply)
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str) -> list[Any]:
        """The series that an expression has now."""
        return self._ask("query", query=expression)["result"]  # type: ignore[no-any-return]

    def firing(self) -> set[str]:
        """The names of the alerts that fire now."""
        return {series["metric"]["alertname"] for series in self.query('ALERTS{alertstate="firing"}')}

    def fired(self) -> set[str]:
        """The names of the alerts that have fired since start() returned."""
        found = self._ask(
            "query_range",
            query='ALERTS{alertstate="firing"}',
            start=self.watching_since,
            end=time.time(),
            step=INTERVAL,
        )
        return {series["metric"]["alertname"] for series in found["result"]}

    def told(self) -> list[dict[str, str]]:
        """The annotations of the alerts that fire now, as an operator gets them."""
        alerts = self._ask("alerts")["alerts"]
        return [alert["annotations"] for alert in alerts if alert["state"] == "firing"]

    def _rule_groups(self) -> list[Any]:
        return self._ask("rules")["groups"]  # type: ignore[no-any-return]

    def await_evaluation(self) -> None:
        """Returns once each group of rules was evaluated anew."""
        now = datetime.now(UTC)

        def evaluated() -> bool:
            return all(datetime.fromisoformat(group["lastEvaluation"]) > now for group in self._rule_groups())

        wait_for(evaluated, "the rules to be evaluated")

    def rule_problems(self) -> list[str]:
        """What went wrong in evaluating rules."""
        rules = [rule for group in self._rule_groups() for rule in group["rules"]]
        return [rule["lastError"] for rule in rules if rule.get("lastError")]

    def await_alerts(self, *names: str, seconds: float = 40.0) -> None:
        """Returns once all these alerts have fired. Fails if another one fires meanwhile, or has fired before."""
        expected = set(names)

        def all_fired() -> bool:
            fired = self.fired()
            assert fired <= expected, f"fired for no reason: {fired - expected}"
            return fired == expected

        wait_for(all_fired, f"{', '.join(sorted(expected))} to fire", seconds)
        for told in self.told():
            shown = " ".join(told.values())
            assert "<error" not in shown, shown
            assert "<no value>" not in shown, shown
