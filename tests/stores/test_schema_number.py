"""The number of a database's schema: an unknown one is refused, an older one brought up to date, by every way the same."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from security.revocations import Revocation
from service.state import migrations, schema
from service.state.schema_number import SchemaError
from service.state.store import Store
from tests.stores.records import KEY, RECORD, everything
from tests.stores.tables import OLDER, TABLES, execute, tables


async def make_older(url, number, *, numbered):
    """Turns the tables into those of an older version; two revocations and an API key are in them."""
    store = Store(url)
    await store.prepare()
    await store.revoke([Revocation(1000, session_id="s-1"), Revocation(1001, organisation="o-1")], RECORD)
    await store.add_api_key(KEY, RECORD)
    await store.close()
    last = (
        f"UPDATE {schema.schema.name} SET version_num = '{number}'" if numbered else f"DROP TABLE {schema.schema.name}"
    )
    await execute(url, *(sqlalchemy.text(statement) for statement in (*OLDER[number], last)))


def number_in(url):
    other = sqlalchemy.create_engine(url)
    with other.connect() as connection:
        number = connection.execute(sqlalchemy.select(schema.schema.c.version_num)).scalar_one()
    other.dispose()
    return number


def differences(url):
    """How the tables differ from those of schema.py, by Alembic."""
    other = sqlalchemy.create_engine(url)
    with other.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": "none"})
        found = compare_metadata(context, schema.metadata)
    other.dispose()
    return found


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("number", OLDER)
def test_older_schema_is_brought_up_to_date(url, number, numbered):
    """Tables of every older version become ours, with all that was in them, and go on working."""

    async def work():
        await make_older(url, number, numbered=numbered)
        store = Store(url)
        with pytest.raises(SchemaError, match=f"number {number}"):
            await store.verify()
        assert await store.migrate()
        assert not await store.migrate(), "once is enough"
        await store.verify()
        await store.revoke([Revocation(1002, session_id="s-2")], RECORD)
        revocations, keys, _ = await everything(store)
        await store.close()
        assert [revocation.revoked_at for revocation in revocations] == [1000, 1001, 1002]
        assert list(keys.values()) == [KEY]

    asyncio.run(work())
    assert number_in(url) == schema.NUMBER
    assert not differences(url)


def test_starting_service_brings_only_an_embedded_database_up_to_date(url):
    """Other machines may use a shared database with an older version: there it takes `session-refresh migrate`."""

    async def work():
        await make_older(url, "2", numbered=True)
        store = Store(url)
        if url.startswith("sqlite"):
            await store.prepare()
            await store.verify()
        else:
            with pytest.raises(SchemaError, match="session-refresh migrate"):
                await store.prepare()
        await store.close()

    asyncio.run(work())
    assert number_in(url) == (schema.NUMBER if url.startswith("sqlite") else "2")


@pytest.mark.parametrize("number", ["5", "99", "a1b2c3"])
def test_newer_schema_is_refused_and_left_alone(url, number):
    """A number that this version does not know is refused in one line by everything that uses the store."""

    async def work():
        store = Store(url)
        await store.prepare()
        await execute(url, sqlalchemy.update(schema.schema).values(version_num=number))
        for use in (store.prepare, store.verify, store.migrate):
            with pytest.raises(SchemaError, match=f"number {number}, made by a newer version"):
                await use()
        await store.close()

    asyncio.run(work())
    assert number_in(url) == number


def test_lost_number_is_an_outage(url):
    """A table of numbers that has lost its row is damaged."""

    async def work():
        store = Store(url)
        await store.prepare()
        await execute(url, sqlalchemy.delete(schema.schema))
        for use in (store.prepare, store.verify, store.migrate):
            with pytest.raises(SchemaError, match=schema.schema.name):
                await use()
        await store.close()

    asyncio.run(work())


def test_database_without_tables_is_not_migrated(url):
    """Only a starting service makes tables."""

    async def work():
        if not url.startswith("sqlite"):
            store = Store(url)
            for use in (store.verify, store.migrate):
                with pytest.raises(SchemaError, match="no tables yet"):
                    await use()
            await store.close()
            assert not tables(url) & {*TABLES}

    asyncio.run(work())


def test_steps_lead_to_the_same_tables(url):
    """All steps, from an empty database on, make what a new installation gets."""
    other = sqlalchemy.create_engine(url)
    with other.begin() as connection:
        migrations.upgrade(connection, "")
    other.dispose()
    assert number_in(url) == schema.NUMBER
    assert not differences(url)
