"""A Prometheus for each test, and somebody who uses the service meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.monitoring.prometheus import Prometheus
from tests.support.dashboards import Tab, mint, refreshing
from tests.support.proxy_process import need
from tests.support.service import Service

# Prometheus must see failures and refusals soon, and users must not run into limits.
SETTINGS = {"METRICS": "true", "RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}


@pytest.fixture
def watch() -> Iterator[Callable[..., Prometheus]]:
    """Starts a Prometheus that scrapes services."""
    need("prometheus")
    with ExitStack() as stack:

        def watching(*services: Service) -> Prometheus:
            prometheus = Prometheus(services)
            stack.callback(prometheus.remove)
            prometheus.start()
            return prometheus

        yield watching


@pytest.fixture
def use() -> Iterator[Callable[..., list[Tab]]]:
    """Has some users of a service refresh until the end of the test; their tabs."""
    with ExitStack() as stack:

        def using(service: Service, users: int = 4, pause: float = 0.05) -> list[Tab]:
            tabs = [Tab(service, token) for token in mint(service, *(f"user-{number}" for number in range(users)))]
            stack.enter_context(refreshing(tabs, pause=pause))
            return tabs

        yield using
