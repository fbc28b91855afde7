"""A replica notices a database that was restored from a backup or replaced, and forgives nobody."""

from __future__ import annotations

import asyncio

import sqlalchemy

from security.revocations import Revocation
from service.state import schema
from tests.stores.replica_harness import KEY, session
from tests.stores.tables import TABLES, drop_tables, execute, rewind


def test_restored_backup_forgives_nobody(new_harness, url):
    """After a restore the store is read again, and what was revoked stays revoked."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke([Revocation(9_500, session_id="s-1"), Revocation(9_500, session_id="s-2")])
            await harness.replica.catch_up()
            await rewind(url)
            await harness.store.revoke([Revocation(9_600, session_id="s-3")])
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
            await harness.store.revoke([Revocation(9_500, session_id="s-1"), Revocation(9_500, session_id="s-2")])
            await harness.replica.catch_up()
            await rewind(url)
            await harness.store.revoke([Revocation(9_600, session_id=f"fresh-{n}") for n in range(3)])
            await harness.replica.catch_up()
            for sid in ("s-1", "s-2", "fresh-0", "fresh-1", "fresh-2"):
                assert harness.replica.revoked(session(sid)), sid

    asyncio.run(work())


def test_database_made_anew_is_noticed(new_harness, url, connect):
    """A new database with as many changes as the lost one is noticed: it is read, and nothing is forgotten."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.add_api_key(KEY)  # the only change, so there is only its number to compare
            await harness.replica.catch_up()
            drop_tables(url, *TABLES)
            starting = connect()
            await starting.prepare()
            await starting.revoke([Revocation(9_500, session_id="s-1")])
            await starting.close()
            await harness.replica.catch_up()
            assert harness.replica.revoked(session("s-1"))
            assert harness.replica.find("d1") == KEY

    asyncio.run(work())


def test_restored_backup_with_as_many_changes_is_noticed(new_harness, url):
    """The restore is noticed even if a new change has the number that a lost change had."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke([Revocation(9_500, session_id="s-1")])
            await harness.store.add_api_key(KEY)
            await harness.replica.catch_up()
            await execute(
                url,
                sqlalchemy.delete(schema.api_keys),
                sqlalchemy.delete(schema.changes).where(schema.changes.c.number == 2),
                sqlalchemy.update(schema.sequence).values(value=1),
            )
            await harness.store.revoke([Revocation(9_600, session_id="s-2")])
            await harness.replica.catch_up()
            assert harness.replica.revoked(session("s-2"))

    asyncio.run(work())
