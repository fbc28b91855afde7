"""Every store keeps revocations and API keys as they were made."""

from __future__ import annotations

import asyncio

import pytest

from security.api_keys import ApiKey
from security.revocations import Retention, Revocation
from service.state.engine import StoreError
from service.state.store import Store
from tests.stores.records import KEY, KEYS, KINDS, RECORD, everything, sessions


@pytest.mark.parametrize("kind", KINDS)
def test_revocation_is_read_as_it_was_made(opened, kind):
    """A revocation of each kind is stored, and read unchanged by whoever opens the store later."""
    asyncio.run(opened(lambda store: store.revoke([KINDS[kind]], RECORD)))
    revocations, keys, _ = asyncio.run(opened(everything))
    assert (revocations, keys) == ([KINDS[kind]], {})


@pytest.mark.parametrize("kind", KEYS)
def test_api_key_is_read_as_it_was_made(opened, kind):
    """An API key of each kind is stored, and read among the changes and in the list."""
    asyncio.run(opened(lambda store: store.add_api_key(KEYS[kind], RECORD)))
    _, keys, _ = asyncio.run(opened(everything))
    assert list(keys.values()) == [KEYS[kind]]
    assert asyncio.run(opened(Store.list_api_keys)) == [KEYS[kind]]


def test_new_store_is_empty(opened):
    """A new store has no changes, and its number is 0."""
    assert asyncio.run(opened(everything)) == ([], {}, 0)


def test_revoking_nothing_changes_nothing(opened):
    """An empty batch is no change, and no error."""
    asyncio.run(opened(lambda store: store.revoke([], RECORD)))
    assert asyncio.run(opened(everything)) == ([], {}, 0)


def test_list_is_oldest_first(opened):
    """API keys are listed by the time of their creation."""

    async def work(store):
        for key in reversed(KEYS.values()):
            await store.add_api_key(key, RECORD)
        return await store.list_api_keys()

    assert asyncio.run(opened(work)) == list(KEYS.values())


def test_revoked_api_key_is_a_change(opened):
    """A revoked key is among the changes again, with the time of its first revocation."""

    async def work(store):
        await store.add_api_key(KEY, RECORD)
        before = (await store.changes_after(0)).last
        assert await store.revoke_api_key("ak_1", 2000, RECORD)
        assert await store.revoke_api_key("ak_1", 3000, RECORD) is False, "revoked before is still known"
        return [(key.key_id, key.revoked_at) for key in (await store.changes_after(before)).api_keys]

    assert asyncio.run(opened(work)) == [("ak_1", 2000)]


def test_unknown_api_key_cannot_be_revoked(opened):
    """Revoking an unknown key gives False."""
    assert asyncio.run(opened(lambda store: store.revoke_api_key("ak_none", 2000, RECORD))) is None


@pytest.mark.parametrize("twin", [{"key_id": "ak_1"}, {"digest": "d1"}], ids=["id", "digest"])
def test_api_key_cannot_be_recorded_twice(opened, twin):
    """Two keys cannot have the same id or digest. The stored key stays."""
    fresh = {"key_id": "ak_9", "digest": "d9", **twin}

    async def work(store):
        await store.add_api_key(KEY, RECORD)
        with pytest.raises(StoreError):
            await store.add_api_key(
                ApiKey(**fresh, organisation="o-9", version="2026-01-01", sandbox=True, created_at=1), RECORD
            )
        return await store.list_api_keys()

    assert asyncio.run(opened(work)) == [KEY]


def test_forgetting_deletes_what_is_older(opened):
    """Only older revocations are deleted, and later changes are still read."""

    async def work(store):
        await store.revoke(
            [*sessions(3, 100), Revocation(200, session_id="at"), Revocation(300, session_id="after")], RECORD
        )
        await store.add_api_key(KEY, RECORD)
        assert await store.forget(1200, Retention(1000, 1000))
        last = (await store.changes_after(0)).last
        await store.revoke([Revocation(400, session_id="later")], RECORD)
        assert [entry.session_id for entry in (await store.changes_after(last)).revocations] == ["later"]
        return await everything(store)

    revocations, keys, _ = asyncio.run(opened(work))
    assert ([entry.session_id for entry in revocations], list(keys)) == (["at", "after", "later"], ["ak_1"])


def test_preparing_again_keeps_all(opened):
    """Tables are created only if they are missing."""

    async def work(store):
        await store.revoke(sessions(3), RECORD)
        await store.prepare()
        return (await everything(store))[0]

    assert asyncio.run(opened(work)) == sessions(3)
