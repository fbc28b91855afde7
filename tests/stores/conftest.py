"""A new database for each test: SQLite, then PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from service.state.store import Store
from tests.stores.replica_harness import ReplicaHarness


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("postgresql").new_database())


@pytest.fixture
def connect(url: str) -> Callable[[], Store]:
    """Opens the database once more, as another process would."""
    return lambda: Store(url)


Work = Callable[[Store], Coroutine[Any, Any, Any]]


@pytest.fixture
def opened(url: str) -> Callable[[Work], Coroutine[Any, Any, Any]]:
    """Runs a piece of work with the database opened anew, so that it finds only what is stored."""

    async def run(work: Work) -> Any:
        store = Store(url)
        try:
            await store.prepare()
            return await work(store)
        finally:
            await store.close()

    return run


@pytest.fixture
def new_harness(url: str, tmp_path: Path) -> Callable[[], AbstractAsyncContextManager[ReplicaHarness]]:
    """Opens a replica of the database, and closes it again."""

    @asynccontextmanager
    async def open_harness() -> AsyncIterator[ReplicaHarness]:
        harness = ReplicaHarness(url, tmp_path)
        try:
            yield harness
        finally:
            await harness.close()

    return open_harness
