"""A replica notices a database that was restored from a backup or replaced, and forgives nobody."""

from __future__ import annotations

import asyncio

import sqlalchemy

from security.revocations import Revocation
from service.state import schema
from service.state.changes import BATCH
from tests.stores.records import RECORD
from tests.stores.replica_harness import KEY, session
from tests.stores.tables import TABLES, drop_tables, execute, rewind


def test_restored_backup_forgives_nobody(new_harness, url):
    """After a restore the store is read again, and what was revoked stays revoked."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke(
                [Revocation(9_500, session_id="s-1"), Revocation(9_500, session_id="s-2")], RECORD
            )
            await harness.replica.catch_up()
            await rewind(url)
            await harness.store.revoke([Revocation(9_600, session_id="s-3")], RECORD)
            await harness.replica.catch_up()
            for sid in ("s-1", "s-2", "s-3"):
                assert harness.replica.revoked(session(sid)), sid
            assert "store went back, reading it from the beginning" in harness.events()

    asyncio.run(work())


def test_restored_backup_that_moved_on_is_noticed(new_harness, url):
    """The restore is noticed even if the store has had more new changes than were lost."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke(
                [Revocation(9_500, session_id="s-1"), Revocation(9_500, session_id="s-2")], RECORD
            )
            await harness.replica.catch_up()
            await rewind(url)
            await harness.store.revoke([Revocation(9_600, session_id=f"fresh-{n}") for n in range(3)], RECORD)
            await harness.replica.catch_up()
            for sid in ("s-1", "s-2", "fresh-0", "fresh-1", "fresh-2"):
                assert harness.replica.revoked(session(sid)), sid

    asyncio.run(work())


def test_database_made_anew_is_noticed(new_harness, url, connect):
    """A new database with as many changes as the lost one is noticed: it is read, and no revocation is forgotten."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.add_api_key(KEY, RECORD)  # the only change, so there is only its number to compare
            await harness.replica.catch_up()
            drop_tables(url, *TABLES)
            starting = connect()
            await starting.prepare()
            await starting.revoke([Revocation(9_500, session_id="s-1")], RECORD)
            await starting.close()
            await harness.replica.catch_up()
            assert harness.replica.revoked(session("s-1"))
            assert harness.replica.find("d1") is None, "what the store does not know, nobody could revoke"

    asyncio.run(work())


async def revoke_key(harness):
    """Adds KEY and revokes it; returns when the replica knows."""
    await harness.replica.catch_up()
    await harness.store.add_api_key(KEY, RECORD)
    await harness.store.revoke_api_key(KEY.key_id, 9_500, RECORD)
    await harness.replica.catch_up()


def test_restored_backup_brings_no_api_key_back(new_harness, url):
    """A key that was revoked after the backup stays revoked, and the log says which to revoke again."""

    async def work():
        async with new_harness() as harness:
            await revoke_key(harness)
            assert harness.replica.find(KEY.digest).revoked_at == 9_500
            await execute(
                url,
                sqlalchemy.update(schema.api_keys).values(revoked_at=None, seq=1),
                sqlalchemy.delete(schema.changes),
                sqlalchemy.update(schema.sequence).values(value=1),
                sqlalchemy.delete(schema.audit).where(schema.audit.c.number > 1),
            )
            await harness.replica.catch_up()
            assert harness.replica.find(KEY.digest).revoked_at == 9_500
            assert "a revoked API key is active in the restored store: revoke it again" in harness.events()
            await harness.store.revoke_api_key(KEY.key_id, 9_600, RECORD)
            await harness.replica.catch_up()
            assert harness.replica.find(KEY.digest).revoked_at == 9_600

    asyncio.run(work())


def test_restore_that_is_read_half_way_forgives_no_api_key(new_harness, url):
    """While a backup is being copied into place the store may have fewer keys for a moment: what was revoked stays so."""

    async def work():
        async with new_harness() as harness:
            await revoke_key(harness)
            await execute(url, sqlalchemy.delete(schema.api_keys), sqlalchemy.delete(schema.changes))
            await harness.replica.catch_up()
            assert harness.replica.find(KEY.digest) is None
            await harness.store.add_api_key(KEY, RECORD)
            await harness.replica.catch_up()
            assert harness.replica.find(KEY.digest).revoked_at == 9_500

    asyncio.run(work())


def test_api_key_is_known_while_a_restored_store_is_read(new_harness, url):
    """While a store is read again, batch by batch, keys that it still has are not refused."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke((Revocation(9_500, session_id=f"s-{n}") for n in range(BATCH)), RECORD)
            await harness.store.add_api_key(KEY, RECORD)
            await harness.replica.catch_up()
            await execute(url, sqlalchemy.delete(schema.changes))
            assert not await harness.replica._read_on(), "there is more to read"
            assert harness.replica.find(KEY.digest) == KEY
            assert await harness.replica._read_on()
            assert harness.replica.find(KEY.digest) == KEY

    asyncio.run(work())


def test_restored_backup_with_as_many_changes_is_noticed(new_harness, url):
    """The restore is noticed even if a new change has the number that a lost change had."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke([Revocation(9_500, session_id="s-1")], RECORD)
            await harness.store.add_api_key(KEY, RECORD)
            await harness.replica.catch_up()
            await execute(
                url,
                sqlalchemy.delete(schema.api_keys),
                sqlalchemy.delete(schema.changes).where(schema.changes.c.number == 2),
                sqlalchemy.update(schema.sequence).values(value=1),
                sqlalchemy.delete(schema.audit).where(schema.audit.c.number > 1),
            )
            await harness.store.revoke([Revocation(9_600, session_id="s-2")], RECORD)
            await harness.replica.catch_up()
            assert harness.replica.revoked(session("s-2"))

    asyncio.run(work())
