"""Lost tables are an outage: nobody makes them again, empty, while sessions are revoked."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy

from security.revocations import Revocation
from service.state import schema
from service.state.engine import StoreError
from tests.stores.records import RECORD
from tests.stores.replica_harness import session
from tests.stores.tables import TABLES, drop_tables, execute, tables


def test_lost_tables_are_an_outage(new_harness, url, connect):
    """A running service does not create dropped tables again: empty ones would forget who is revoked."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke([Revocation(9_500, session_id="s-1")], RECORD)
            await harness.replica.catch_up()
            drop_tables(url, *TABLES)
            for _ in range(3):
                with pytest.raises(StoreError, match=r"session_refresh_\w+"):
                    await harness.replica.catch_up()
            assert tables(url) == set()
            starting = connect()  # an operator who restarts begins with an empty database
            await starting.prepare()
            await starting.close()
            await harness.replica.catch_up()
            assert harness.replica.revoked(session("s-1")), "what is known to be revoked stays so"

    asyncio.run(work())


@pytest.mark.parametrize("lost", sorted({*TABLES} - {"session_refresh_changes", schema.schema.name}))
def test_one_lost_table_is_an_outage(new_harness, url, connect, lost):
    """If one of the tables is missing, the store is damaged, and a starting service does not create it."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke([Revocation(9_500, session_id="s-1")], RECORD)
        drop_tables(url, lost)
        starting = connect()
        with pytest.raises(StoreError, match=lost):
            await starting.prepare()
        await starting.close()
        assert lost not in tables(url)

    asyncio.run(work())


def test_lost_sequence_is_an_outage(new_harness, url, connect):
    """If the sequence has lost its row, the store is damaged: new numbers would be too small to be read."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await execute(url, sqlalchemy.delete(schema.sequence))
            with pytest.raises(StoreError):
                await harness.replica.catch_up()
            starting = connect()
            await starting.prepare()
            with pytest.raises(StoreError):
                await starting.changes_after(0)
            with pytest.raises(StoreError):
                await starting.revoke([Revocation(9_500, session_id="s-1")], RECORD)
            await starting.close()

    asyncio.run(work())
