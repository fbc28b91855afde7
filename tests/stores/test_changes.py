"""Every store numbers its changes, so that a reader misses none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from security.revocations import Revocation
from service.state.changes import BATCH
from service.state.engine import StoreError
from service.state.store import Store
from tests.stores.records import KEY, KINDS, RECORD, everything, sessions


def test_change_numbers_only_grow(opened):
    """Each change has a larger number than all before it. Reading after a number gives the later changes only."""

    async def work(store):
        seen: list[Any] = []
        for revocation in KINDS.values():
            await store.revoke([revocation], RECORD)
            seen.append((await store.changes_after(seen[-1] if seen else 0)).last)
        assert seen == sorted(set(seen))
        for position, number in enumerate(seen):
            later = await store.changes_after(number)
            assert list(later.revocations) == list(KINDS.values())[position + 1 :]

    asyncio.run(opened(work))


def test_nothing_new_is_nothing(opened):
    """Reading again after the last change gives no changes and the same number."""

    async def work(store):
        await store.revoke(sessions(3), RECORD)
        last = (await store.changes_after(0)).last
        again = await store.changes_after(last)
        assert (again.last, again.complete, list(again.revocations), list(again.api_keys)) == (last, True, [], [])

    asyncio.run(opened(work))


@pytest.mark.parametrize("count", [BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 5])
def test_big_batch_is_read_in_parts(opened, count):
    """However many revocations are made at once, each is read once and none is missed."""

    async def work(store):
        await store.revoke(sessions(count), RECORD)
        await store.add_api_key(KEY, RECORD)
        first = await store.changes_after(0)
        assert len(first.revocations) == min(count, BATCH)
        return await everything(store)

    revocations, keys, _ = asyncio.run(opened(work))
    assert (revocations, list(keys)) == (sessions(count), ["ak_1"])


def test_batch_is_all_or_none(opened):
    """If one revocation of a batch cannot be stored, none is, and later changes are not hidden by a gap."""

    async def work(store):
        with pytest.raises(StoreError):
            await store.revoke([*sessions(5), Revocation(1000, session_id=None)], RECORD)  # type: ignore[arg-type]
        await store.revoke([KINDS["user"]], RECORD)
        return (await everything(store))[0]

    assert asyncio.run(opened(work)) == [KINDS["user"]]


def test_restored_backup_is_read_anew(opened, url):
    """If the store's number is smaller than the reader's, a backup was restored: all changes are read again."""

    async def work(store):
        await store.revoke(sessions(3), RECORD)
        await store.add_api_key(KEY, RECORD)
        late = await store.changes_after(7)
        assert list(late.revocations) == sessions(3)
        assert list(late.api_keys) == [KEY]
        assert (late.last, late.complete) == (4, True)

    asyncio.run(opened(work))


def test_reading_everything_reads_each_row_once(postgresql):
    """Also while PostgreSQL has not looked at the rows yet, as after a restore: else ten times as many take a hundred."""
    url = postgresql.new_database()
    number = 5 * BATCH

    async def work():
        store = Store(url)
        await store.prepare()
        with postgresql.connect(url.rpartition("/")[2]) as connection:
            connection.execute("ALTER TABLE session_refresh_revocations SET (autovacuum_enabled = off)")
        await store.revoke(sessions(number), RECORD)
        await everything(store)
        await store.close()

    asyncio.run(work())
    with postgresql.connect(url.rpartition("/")[2]) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        query = (
            "SELECT idx_tup_fetch, seq_tup_read FROM pg_stat_user_tables WHERE relname = 'session_refresh_revocations'"
        )
        fetched, scanned = connection.execute(query).fetchone()
    assert fetched + scanned <= number + BATCH
