"""What is too old is deleted, however much there is of it, and readers go on."""

from __future__ import annotations

import asyncio

from security.revocations import Retention, Revocation
from service.state import forgetting
from service.state.forgetting import PIECE
from tests.stores.records import RECORD, everything, sessions


def test_very_many_are_deleted_a_piece_at_a_time(opened):
    """One transaction deletes no more than it can in its time, and says that there is more."""

    async def work(store):
        await store.revoke([*sessions(2 * PIECE + 5, 100), *sessions(1, 300)], RECORD)
        left = []
        while not await store.forget(1200, Retention(1000, 1000)):
            left.append(len((await everything(store))[0]))
        return [*left, len((await everything(store))[0])]

    assert asyncio.run(opened(work)) == [PIECE + 6, 6, 1]


def test_single_sessions_may_be_kept_shorter(opened):
    """Revocations of users and organisations stay for their own time, however they came."""
    kinds = {
        "session": {"session_id": "s"}, "idp": {"idp_issuer": "i", "idp_session": "p"},
        "user": {"organisation": "o", "subject": "u"}, "organisation": {"organisation": "o"},
        "but one": {"organisation": "o", "subject": "u", "except_session": "s"},
    }  # fmt: skip

    async def work(store):
        await store.revoke([Revocation(100, **kind) for kind in kinds.values()], RECORD)
        assert await store.forget(1101, Retention(1000, 2000))
        left = (await everything(store))[0]
        assert await store.forget(2101, Retention(1000, 2000))
        return left, (await everything(store))[0]

    left, nothing = asyncio.run(opened(work))
    assert left == [Revocation(100, **kinds[name]) for name in ("user", "organisation", "but one")]
    assert nothing == []


def test_reader_is_not_lost_by_a_great_change(opened, monkeypatch):
    """One transaction with more numbers than epochs are kept of makes no reader read everything again."""
    monkeypatch.setattr(forgetting, "EPOCHS", 3)

    async def work(store):
        await store.revoke(sessions(1), RECORD)
        before = await store.changes_after(0)
        await store.revoke(sessions(10), RECORD)
        assert await store.forget(1000, Retention(1000, 1000))
        after = await store.changes_after(before.last, before.checkpoint)
        assert (after.resync, len(after.revocations)) == (False, 10)
        for _ in range(3):  # now it is three transactions behind
            await store.revoke(sessions(1), RECORD)
        assert await store.forget(1000, Retention(1000, 1000))
        return (await store.changes_after(before.last, before.checkpoint)).resync

    assert asyncio.run(opened(work))
