"""A replica that has not read the store for too long judges no session."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Unavailable
from service.state.engine import StoreError
from tests.stores.records import RECORD
from tests.stores.replica_harness import KEY, polling, session, wait_until
from tests.stores.tables import rename_table, set_networks


def test_store_never_read_judges_nothing(new_harness):
    """Before the store was read, every session is answered with 503: neither accepted nor refused."""

    async def work():
        async with new_harness() as harness:
            with pytest.raises(Unavailable):
                harness.replica.revoked(session())

    asyncio.run(work())


def test_staleness_has_a_bound(new_harness):
    """A session is judged up to MAX_STALENESS after the last read, and then not until the next read."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            harness.monotonic.seconds += 10
            assert harness.replica.revoked(session()) is False
            harness.monotonic.seconds += 0.001
            with pytest.raises(Unavailable):
                harness.replica.revoked(session())
            await harness.replica.catch_up()
            assert harness.replica.revoked(session()) is False

    asyncio.run(work())


def test_wall_clock_has_no_say_in_staleness(new_harness):
    """A wall clock that steps does not change how old the copy is."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            for seconds in (-9_000, 1e9):
                harness.wall.seconds = seconds
                assert harness.replica.fresh()
            harness.monotonic.seconds += 11
            harness.wall.seconds = 10_000
            assert not harness.replica.fresh()

    asyncio.run(work())


def test_outage_is_logged_when_it_begins_and_when_it_ends(new_harness, url):
    """The log has one line when the store cannot be read any more, and one when it can again."""

    async def work():
        async with new_harness() as harness, polling(harness):
            await wait_until(lambda: harness.events() == ["store available"])
            await rename_table(url, "session_refresh_sequence", "elsewhere")
            await wait_until(lambda: harness.replica.problem)
            await rename_table(url, "elsewhere", "session_refresh_sequence")
            await wait_until(lambda: harness.events() == ["store available", "store unavailable", "store available"])

    asyncio.run(work())


def test_row_that_makes_no_sense_is_an_outage(new_harness, url):
    """A malformed row is a StoreError that names the key, and the replica keeps polling."""

    async def work():
        async with new_harness() as harness:
            await harness.store.prepare()
            await harness.store.add_api_key(KEY, RECORD)
            await set_networks(url, "not a network")
            with pytest.raises(StoreError, match="ak_1"):
                await harness.replica.catch_up()
            async with polling(harness) as task:
                await wait_until(lambda: "ak_1" in harness.replica.problem)
                assert not task.done()
                await set_networks(url, "10.0.0.0/8")
                await wait_until(harness.replica.fresh)

    asyncio.run(work())
