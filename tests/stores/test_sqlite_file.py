"""What can happen to an SQLite database file under a running service."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading

import pytest

from security.revocations import Revocation
from service.state.engine import StoreError
from service.state.store import Store
from tests.stores.records import RECORD
from tests.stores.replica_harness import ReplicaHarness, polling, session, wait_until


def test_replaced_database_file_is_noticed(tmp_path):
    """A file that replaces the open one is read."""
    path, other = tmp_path / "state.db", tmp_path / "other.db"

    async def fill(file, *names):
        store = Store(f"sqlite:///{file}")
        await store.prepare()
        for name in names:
            await store.revoke([Revocation(9_500, session_id=name)], RECORD)
        await store.close()

    async def work():
        harness = ReplicaHarness(f"sqlite:///{path}", tmp_path)
        await fill(path, "a", "b")
        await harness.replica.catch_up()
        await fill(other, "c", "d", "e")
        other.replace(path)
        await harness.replica.catch_up()
        assert all(harness.replica.revoked(session(sid)) for sid in "abcde")
        await harness.close()

    asyncio.run(work())


def test_deleted_database_file_is_noticed(tmp_path):
    """A deleted file and folder are an outage until somebody creates them again."""
    folder = tmp_path / "state"
    folder.mkdir()
    path = folder / "state.db"

    async def work():
        harness = ReplicaHarness(f"sqlite:///{path}", tmp_path)
        async with polling(harness):
            await wait_until(harness.replica.fresh)
            folder.rename(tmp_path / "gone")
            await wait_until(lambda: harness.replica.problem)
            folder.mkdir()
            await wait_until(lambda: "there is no database" in harness.replica.problem)
            assert not path.exists(), "nobody but a starting service makes it"
            elsewhere = Store(f"sqlite:///{path}")
            await elsewhere.prepare()
            await elsewhere.revoke([Revocation(9_500, session_id="s-1")], RECORD)
            await elsewhere.close()
            await wait_until(lambda: harness.replica.revoked(session("s-1")) and not harness.replica.problem)
        await harness.close()

    asyncio.run(work())


def test_locked_database_is_an_outage_of_its_own_length(tmp_path):
    """While another process locks the file, writing is a StoreError that says so. Afterwards it works."""
    path = tmp_path / "state.db"

    async def work():
        store = Store(f"sqlite:///{path}")
        await store.prepare()
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        assert (await store.changes_after(0)).complete, "reading goes on"
        with pytest.raises(StoreError, match="locked"):
            await store.revoke([Revocation(9_500, session_id="s-1")], RECORD)
        other.rollback()
        other.close()
        await store.revoke([Revocation(9_500, session_id="s-1")], RECORD)
        await store.close()

    asyncio.run(work())


def test_a_read_that_is_given_up_while_it_opens_the_file_closes_it(tmp_path):
    """Given up at any moment of the opening, a read leaves no connection behind, and no thread."""
    path = tmp_path / "state.db"

    async def work():
        before = threading.active_count()  # not once the store is closed: its thread may still be ending
        store = Store(f"sqlite:///{path}")
        await store.prepare()
        await store.close()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")  # now nobody else can read what a new connection reads first
        for turns in range(12):  # of the event loop
            reading = asyncio.create_task(store.now())
            for _ in range(turns):
                await asyncio.sleep(0.001)
            reading.cancel()
            # As the replica does, which does not wait for a connection that hangs.
            while not reading.done():
                reading.cancel()
                await asyncio.wait({reading}, timeout=0.02)
        gc.collect()  # a connection that was forgotten warns, and warnings are errors here
        other.rollback()
        other.close()
        await wait_until(lambda: threading.active_count() == before)
        await store.now()
        await store.close()

    asyncio.run(work())
