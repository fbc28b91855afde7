"""A replica knows which sessions are revoked and which API keys are valid."""

from __future__ import annotations

import asyncio

import pytest

from security.revocations import Revocation
from service.state.changes import BATCH
from service.state.replica import FORGET_SECONDS
from tests.stores.records import RECORD
from tests.stores.replica_harness import KEEP, KEY, polling, session, wait_until

REVOKED = {
    "its id": (Revocation(9_500, session_id="s-1"), True),
    "another id": (Revocation(9_500, session_id="s-2"), False),
    "its user, after it began": (Revocation(9_500, organisation="o-1", subject="u-1"), True),
    "its user, the second it began": (Revocation(9_000, organisation="o-1", subject="u-1"), True),
    "its user, before it began": (Revocation(8_999, organisation="o-1", subject="u-1"), False),
    "its user's name in another organisation": (Revocation(9_500, organisation="o-2", subject="u-1"), False),
    "its organisation, after it began": (Revocation(9_500, organisation="o-1"), True),
    "its organisation, before it began": (Revocation(8_999, organisation="o-1"), False),
    "another organisation": (Revocation(9_500, organisation="o-2"), False),
}


@pytest.mark.parametrize("case", REVOKED)
def test_session_is_revoked_by(new_harness, case):
    """A session is revoked by its id, or by its user or organisation unless it began after that revocation."""
    revocation, revoked = REVOKED[case]

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            assert harness.replica.revoked(session()) is False
            await harness.store.revoke([revocation], RECORD)
            await harness.replica.catch_up()
            assert harness.replica.revoked(session()) is revoked

    asyncio.run(work())


def test_known_revocation_needs_no_fresh_store(new_harness):
    """A session that is known to be revoked is refused even if the copy is stale."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke([Revocation(9_500, session_id="s-1")], RECORD)
            await harness.replica.catch_up()
            harness.monotonic.seconds += 1_000_000
            assert harness.replica.revoked(session()) is True

    asyncio.run(work())


def test_long_history_is_read_to_its_end(new_harness):
    """One update reads more changes than fit in a batch."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke((Revocation(9_500, session_id=f"s-{n}") for n in range(2 * BATCH + 1)), RECORD)
            await harness.replica.catch_up()
            assert len(harness.replica) == 2 * BATCH + 1

    asyncio.run(work())


def test_api_keys_travel_the_same_way(new_harness, connect):
    """The next update brings a key that another process created or revoked."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            elsewhere = connect()
            await elsewhere.add_api_key(KEY, RECORD)
            assert harness.replica.find("d1") is None
            await harness.replica.catch_up()
            assert harness.replica.find("d1") == KEY
            await elsewhere.revoke_api_key("ak_1", 9_999, RECORD)
            await elsewhere.close()
            await harness.replica.catch_up()
            assert harness.replica.find("d1").revoked_at == 9_999

    asyncio.run(work())


def test_old_revocations_are_forgotten(new_harness):
    """A revocation is deleted from replica and store once all sessions that it covers have ended."""

    async def work():
        async with new_harness() as harness:
            await harness.replica.catch_up()
            await harness.store.revoke(
                [Revocation(9_500, session_id="old"), Revocation(14_000, session_id="new")], RECORD
            )
            async with polling(harness):
                await wait_until(lambda: len(harness.replica) == 2)
                harness.wall.seconds += FORGET_SECONDS + KEEP
                harness.monotonic.seconds += FORGET_SECONDS + KEEP
                await wait_until(lambda: len(harness.replica) == 1)
                async with asyncio.timeout(20):
                    while [entry.session_id for entry in (await harness.store.changes_after(0)).revocations] != ["new"]:
                        await asyncio.sleep(0.01)
            assert harness.replica.revoked(session("new"))

    asyncio.run(work())


def test_clock_that_leaps_forward_forgets_nothing(new_harness):
    """A wall clock that jumps years ahead makes neither replica nor store delete a revocation."""

    async def work():
        async with new_harness() as harness:
            await harness.store.prepare()
            harness.wall.seconds += 1e8
            await harness.store.revoke([Revocation(13_000, session_id="s-1")], RECORD)
            await harness.replica.catch_up()
            harness.monotonic.seconds += FORGET_SECONDS
            async with polling(harness):
                await wait_until(harness.replica.fresh)
                await wait_until(lambda: harness.replica.problem == "")
            harness.wall.seconds -= 1e8
            assert harness.replica.revoked(session("s-1"))
            assert len((await harness.store.changes_after(0)).revocations) == 1

    asyncio.run(work())
