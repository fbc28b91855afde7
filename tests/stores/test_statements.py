"""Every store takes a statement of an identity provider once, whoever brings it and however often."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest
import sqlalchemy

from security.revocations import NOW, Retention, Revocation
from service.state import schema, statements
from service.state.engine import StoreError
from tests.stores.records import KINDS, RECORD, everything, sessions
from tests.stores.test_audit import records
from tests.stores.test_concurrency import raw

ISSUER = "https://idp.example"
LATER = 2**40
IDP = Revocation(NOW, idp_issuer=ISSUER, idp_session="p-1")


def test_statement_is_taken_once(opened):
    """The first time it revokes, and tells the moment; after that, nothing is written."""

    async def work(store):
        moment = await store.take_statement(ISSUER, "j-1", LATER, [IDP], RECORD)
        for _ in range(3):
            assert await store.take_statement(ISSUER, "j-1", LATER, sessions(2), RECORD) is None
        return moment, await everything(store), await records(store)

    moment, (revocations, _, last), trail = asyncio.run(opened(work))
    assert abs(moment - time.time()) < 60
    assert revocations == [Revocation(int(moment), idp_issuer=ISSUER, idp_session="p-1")]
    assert (last, trail) == (1, [RECORD])
    again = asyncio.run(opened(lambda store: store.take_statement(ISSUER, "j-1", LATER, [], RECORD)))
    assert again is None, "it is durable"


@pytest.mark.parametrize(
    "ids", [("j-1", "J-1"), ("j-1", "j-1 "), ("a" * 100_000, "a" * 100_001), ("a\0", "a"), ("", "\ud800")]
)
def test_statements_differ_by_their_ids_to_the_character(opened, ids):
    """Ids of any length and any characters, and the same id of another issuer, are other statements."""

    async def work(store):
        taken = [await store.take_statement(ISSUER, token_id, LATER, [], RECORD) for token_id in ids * 2]
        taken.append(await store.take_statement("https://other.example", ids[0], LATER, [], RECORD))
        return [each is not None for each in taken]

    assert asyncio.run(opened(work)) == [True, True, False, False, True]


def test_statement_that_revokes_nothing_leaves_no_record(opened):
    """It is taken, and that is all."""

    async def work(store):
        assert await store.take_statement(ISSUER, "j-1", LATER, [], RECORD) is not None
        return await everything(store), await records(store)

    assert asyncio.run(opened(work)) == (([], {}, 0), [])


def test_statement_is_not_spent_by_a_failure(opened):
    """What could not be stored was not taken: the provider may send it again."""

    async def work(store):
        broken = Revocation(1000, session_id=None)  # type: ignore[arg-type]
        with pytest.raises(StoreError):
            await store.take_statement(ISSUER, "j-1", LATER, [*sessions(2), broken], RECORD)
        assert await store.take_statement(ISSUER, "j-1", LATER, [KINDS["session"]], RECORD) is not None
        return (await everything(store))[0]

    assert asyncio.run(opened(work)) == [KINDS["session"]]


@pytest.mark.parametrize("commits", [True, False])
def test_two_machines_agree_on_a_statement(opened, url, connect, commits):
    """Two transactions are open at once: the second waits for the first, and takes the statement only if that failed."""

    async def work(store):
        with pytest.raises(ZeroDivisionError) if not commits else contextlib.nullcontext():
            async with raw(url) as slow:
                assert await statements.take(slow, ISSUER, "j-1", LATER)
                quick = asyncio.create_task(store.take_statement(ISSUER, "j-1", LATER, sessions(1), RECORD))
                reader = connect()
                assert (await reader.changes_after(0)).last == 0
                assert not quick.done()
                await reader.close()
                if not commits:
                    raise ZeroDivisionError
        assert ((await quick) is None) is commits
        return len((await everything(store))[0])

    assert asyncio.run(opened(work)) == (0 if commits else 1)


def test_many_machines_agree_on_a_statement(opened, connect):
    """Of eight that take each statement at once, one does."""

    async def work(store):
        machines = [connect() for _ in range(8)]
        for turn in range(5):
            taken = await asyncio.gather(
                *(each.take_statement(ISSUER, f"j-{turn}", LATER, sessions(1), RECORD) for each in machines)
            )
            assert len([each for each in taken if each is not None]) == 1
        await asyncio.gather(*(each.close() for each in machines))
        return len((await everything(store))[0])

    assert asyncio.run(opened(work)) == 5


def test_old_statements_are_forgotten(opened, url):
    """Once its time is over, a statement is deleted; not a second before."""

    async def work(store):
        for token_id, until in (("old", 999), ("new", 1000)):
            await store.take_statement(ISSUER, token_id, until, [], RECORD)
        await store.forget(1000, Retention(500, 500))

    asyncio.run(opened(work))
    other = sqlalchemy.create_engine(url)
    with other.connect() as connection:
        left = connection.execute(sqlalchemy.select(schema.statements.c.until)).scalars().all()
    other.dispose()
    assert left == [1000]
