"""What every store promises; SQLite and PostgreSQL pass the same suite."""

from __future__ import annotations

import asyncio
import ipaddress
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

from security.api_keys import ApiKey
from security.revocations import Revocation
from service.stores import schema
from service.stores.store import BATCH, Store, StoreError

KINDS = {
    "session": Revocation(1000, session_id="s-1"),
    "user": Revocation(1001, organisation="o-1", subject="u-1"),
    "organisation": Revocation(1002, organisation="o-1"),
    "not ASCII": Revocation(1003, organisation="Größe 🎉", subject="用户"),
    "quotes": Revocation(1004, session_id="'; DROP TABLE session_refresh_revocations; --"),
    "longest": Revocation(2**53, session_id="x" * 255),
}
KEY = ApiKey("ak_1", "d1", "o-1", "2026-02-01", sandbox=False, created_at=1000)
KEYS = {
    "plain": KEY,
    "sandbox": ApiKey("ak_2", "d2", "o-2", "2026-01-01", sandbox=True, created_at=1001),
    "expires": ApiKey("ak_3", "d3", "o-3", "2026-01-01", sandbox=False, created_at=1002, expires_at=2**53),
    "networks": ApiKey(
        "ak_4", "d4", "o-4", "2026-01-01", sandbox=False, created_at=1003,
        networks=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")),
    ),
}  # fmt: skip


def sessions(count, revoked_at=1000):
    return [Revocation(revoked_at, session_id=f"s-{number}") for number in range(count)]


async def everything(store):
    """All changes, read as a replica does."""
    revocations: list[Any] = []
    keys: dict[str, Any] = {}
    last = 0
    while True:
        changes = await store.changes_after(last)
        revocations += changes.revocations
        keys |= {key.key_id: key for key in changes.api_keys}
        last = changes.last
        if changes.complete:
            return revocations, keys, last


@asynccontextmanager
async def raw(url):
    """A connection past the store, for what only a fault or an operator does."""
    engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_revocation_is_read_as_it_was_made(opened, kind):
    """A revocation of each kind is durable: whoever opens the store later reads exactly it."""
    asyncio.run(opened(lambda store: store.revoke([KINDS[kind]])))
    revocations, keys, _ = asyncio.run(opened(everything))
    assert (revocations, keys) == ([KINDS[kind]], {})


@pytest.mark.parametrize("kind", KEYS)
def test_api_key_is_read_as_it_was_made(opened, kind):
    """An API key of each kind is durable, in the changes and in the list."""
    asyncio.run(opened(lambda store: store.add_api_key(KEYS[kind])))
    _, keys, _ = asyncio.run(opened(everything))
    assert list(keys.values()) == [KEYS[kind]]
    assert asyncio.run(opened(Store.list_api_keys)) == [KEYS[kind]]


def test_new_store_is_empty(opened):
    """A store that was never used has no changes, and its number is 0."""
    assert asyncio.run(opened(everything)) == ([], {}, 0)


def test_revoking_nothing_changes_nothing(opened):
    """An empty batch is no change, and no error."""
    asyncio.run(opened(lambda store: store.revoke([])))
    assert asyncio.run(opened(everything)) == ([], {}, 0)


def test_list_is_oldest_first(opened):
    """API keys are listed in the order they were made, whatever the order they were recorded in."""

    async def work(store):
        for key in reversed(KEYS.values()):
            await store.add_api_key(key)
        return await store.list_api_keys()

    assert asyncio.run(opened(work)) == list(KEYS.values())


def test_revoked_api_key_is_a_change(opened):
    """A revoked API key comes again among the changes, with the time of its first revocation."""

    async def work(store):
        await store.add_api_key(KEY)
        before = (await store.changes_after(0)).last
        assert await store.revoke_api_key("ak_1", 2000)
        assert await store.revoke_api_key("ak_1", 3000), "revoked before is still known"
        return [(key.key_id, key.revoked_at) for key in (await store.changes_after(before)).api_keys]

    assert asyncio.run(opened(work)) == [("ak_1", 2000)]


def test_unknown_api_key_cannot_be_revoked(opened):
    """Revoking a key that is not there says so."""
    assert asyncio.run(opened(lambda store: store.revoke_api_key("ak_none", 2000))) is False


@pytest.mark.parametrize("twin", [{"key_id": "ak_1"}, {"digest": "d1"}], ids=["id", "digest"])
def test_api_key_cannot_be_recorded_twice(opened, twin):
    """Two keys never share an id or a digest; the one on record stays."""
    fresh = {"key_id": "ak_9", "digest": "d9", **twin}

    async def work(store):
        await store.add_api_key(KEY)
        with pytest.raises(StoreError):
            await store.add_api_key(
                ApiKey(**fresh, organisation="o-9", version="2026-01-01", sandbox=True, created_at=1)
            )
        return await store.list_api_keys()

    assert asyncio.run(opened(work)) == [KEY]


def test_change_numbers_only_grow(opened):
    """Each change has a number of its own, larger than all before; reading after it gives what came later."""

    async def work(store):
        seen: list[Any] = []
        for revocation in KINDS.values():
            await store.revoke([revocation])
            seen.append((await store.changes_after(seen[-1] if seen else 0)).last)
        assert seen == sorted(set(seen))
        for position, number in enumerate(seen):
            later = await store.changes_after(number)
            assert list(later.revocations) == list(KINDS.values())[position + 1 :]

    asyncio.run(opened(work))


def test_nothing_new_is_nothing(opened):
    """Read up to its end, the store gives no changes and the same number again."""

    async def work(store):
        await store.revoke(sessions(3))
        last = (await store.changes_after(0)).last
        again = await store.changes_after(last)
        assert (again.last, again.complete, list(again.revocations), list(again.api_keys)) == (last, True, [], [])

    asyncio.run(opened(work))


@pytest.mark.parametrize("count", [BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 5])
def test_big_batch_is_read_in_parts(opened, count):
    """However many revocations are made at once, each is read once and none is missed."""

    async def work(store):
        await store.revoke(sessions(count))
        await store.add_api_key(KEY)
        first = await store.changes_after(0)
        assert len(first.revocations) == min(count, BATCH)
        return await everything(store)

    revocations, keys, _ = asyncio.run(opened(work))
    assert (revocations, list(keys)) == (sessions(count), ["ak_1"])


def test_batch_is_all_or_none(opened):
    """A batch of which one cannot be recorded leaves no trace, and no gap that hides later ones."""

    async def work(store):
        with pytest.raises(StoreError):
            await store.revoke([*sessions(5), Revocation(1000, session_id=None)])  # type: ignore[arg-type]
        await store.revoke([KINDS["user"]])
        return (await everything(store))[0]

    assert asyncio.run(opened(work)) == [KINDS["user"]]


def test_late_commit_is_not_missed(opened, url):
    """A change that took a lower number and commits later than another is read all the same (design: late commit).

    Two transactions are open at once: the second must not be seen as long as the first, with the lower number, may
    still come.
    """

    async def work(store):
        async with raw(url) as slow:
            number = sqlalchemy.update(schema.sequence).values(value=schema.sequence.c.value + 1)
            await slow.execute(number)
            row = {"seq": 1, "revoked_at": 1000, "session_id": "slow", "organisation": "", "subject": ""}
            await slow.execute(sqlalchemy.insert(schema.revocations).values(row))
            quick = asyncio.create_task(store.revoke([Revocation(1000, session_id="quick")]))
            reader = Store(url)
            early = await reader.changes_after(0)
            assert (list(early.revocations), early.last) == ([], 0), "what is not committed is not read"
            assert not quick.done()
        await quick
        seen = [revocation.session_id for revocation in (await reader.changes_after(early.last)).revocations]
        await reader.close()
        assert seen == ["slow", "quick"]

    asyncio.run(opened(work))


def test_restored_backup_is_read_anew(opened, url):
    """When the store's number is smaller than the reader's, it was restored from a backup: all of it comes again."""

    async def work(store):
        await store.revoke(sessions(3))
        await store.add_api_key(KEY)
        late = await store.changes_after(7)
        assert list(late.revocations) == sessions(3)
        assert list(late.api_keys) == [KEY]
        assert (late.last, late.complete) == (4, True)

    asyncio.run(opened(work))


def test_forget_before_deletes_what_is_older(opened):
    """Only revocations made before the moment are deleted; their number is told, and later changes are still read."""

    async def work(store):
        await store.revoke([*sessions(3, 100), Revocation(200, session_id="at"), Revocation(300, session_id="after")])
        await store.add_api_key(KEY)
        assert await store.forget_before(200) == 3
        assert await store.forget_before(200) == 0
        last = (await store.changes_after(0)).last
        await store.revoke([Revocation(400, session_id="later")])
        assert [entry.session_id for entry in (await store.changes_after(last)).revocations] == ["later"]
        return await everything(store)

    revocations, keys, _ = asyncio.run(opened(work))
    assert ([entry.session_id for entry in revocations], list(keys)) == (["at", "after", "later"], ["ak_1"])


def test_preparing_again_keeps_all(opened):
    """The tables are made where they are missing, and left alone where they are there."""

    async def work(store):
        await store.revoke(sessions(3))
        await store.prepare()
        return (await everything(store))[0]

    assert asyncio.run(opened(work)) == sessions(3)


WORKER = """
import asyncio, sys
from security.revocations import Revocation
from service.stores.store import Store

async def work(url, name, count):
    store = Store(url)
    await store.prepare()
    for number in range(count):
        await store.revoke([Revocation(1000, session_id=f"{name}-{number}")])
        print(f"{name}-{number}", flush=True)
    await store.close()

sys.stdin.readline()
asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def test_processes_start_and_write_at_once(opened, url):
    """Several processes that make the tables at once and then write at once all succeed; nothing is lost or mixed."""
    names = ["a", "b", "c", "d"]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, url, name, "10"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in names
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = [worker.communicate(timeout=60) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(names), [stderr for _, stderr in done]
    revocations, _, last = asyncio.run(opened(everything))
    written = sorted(entry.session_id for entry in revocations)
    assert written == sorted(f"{name}-{number}" for name in names for number in range(10))
    assert last == len(written)


def test_reader_follows_many_writers(opened, connect):
    """A reader that polls while several write reads each change exactly once, in the order of their numbers."""

    async def work(store):
        writers = [connect() for _ in range(4)]

        async def write(number, writer):
            for turn in range(25):
                await writer.revoke([Revocation(1000, session_id=f"{number}-{turn}")])
            await writer.close()

        tasks = [asyncio.create_task(write(*each)) for each in enumerate(writers)]
        seen: list[Any] = []
        last = 0
        while len(seen) < 100:
            changes = await store.changes_after(last)
            seen += [entry.session_id for entry in changes.revocations]
            last = changes.last
        await asyncio.gather(*tasks)
        return seen

    seen = asyncio.run(opened(work))
    assert len(set(seen)) == len(seen) == 100
    for number in range(4):
        assert [entry for entry in seen if entry.startswith(f"{number}-")] == [f"{number}-{turn}" for turn in range(25)]
