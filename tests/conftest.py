"""Fixtures of all suites: the running service, and the servers beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.service import Service, starting

if TYPE_CHECKING:
    from tests.support.postgresql import PostgreSQL
    from tests.support.valkey import Valkey


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on its embedded defaults, for tests that leave it as it was. Its limits are too high to be reached."""
    running = Service(
        tmp_path_factory.mktemp("service"), RATE_LIMIT="1000000/minute", FAILURE_RATE_LIMIT="1000000/minute",
        ALLOWED_ORIGINS="https://dashboard.example.com,http://localhost:3000", LOG_FORMAT="json", METRICS="true",
    ).start()  # fmt: skip
    yield running
    shown = running.get("/metrics").body.decode()
    assert running.stop() == 0
    log = running.log.text()
    assert not running.secrets_in(log + shown)
    assert "Traceback" not in log
    assert '"level":"error"' not in log


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services for one test."""
    with starting(tmp_path) as start_one:
        yield start_one


@pytest.fixture(scope="module")
def start_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Starts services that the tests of a file share: each test leaves them as it found them."""
    with starting(tmp_path_factory.mktemp("shared")) as start_one:
        yield start_one


# The servers are imported where they are used: the binaries of PostgreSQL and Valkey are not in every environment.


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    from tests.support.postgresql import PostgreSQL

    server = PostgreSQL()
    yield server
    server.remove()


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> PostgreSQL:
    """A PostgreSQL that runs and answers, whatever the test before did to it."""
    postgresql_server.resume()
    postgresql_server.start()
    return postgresql_server


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A Valkey server."""
    from tests.support.valkey import Valkey

    server = Valkey()
    server.start()
    yield server
    server.remove()
