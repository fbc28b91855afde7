"""Every store keeps its promises while several processes write at once."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

from security.revocations import Revocation
from service.state import schema
from service.state.store import Store
from tests.stores.records import RECORD, everything


@asynccontextmanager
async def raw(url):
    """A connection to the database that does not go through the store."""
    engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


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
            quick = asyncio.create_task(store.revoke([Revocation(1000, session_id="quick")], RECORD))
            reader = Store(url)
            early = await reader.changes_after(0)
            assert (list(early.revocations), early.last) == ([], 0), "what is not committed is not read"
            assert not quick.done()
        await quick
        seen = [revocation.session_id for revocation in (await reader.changes_after(early.last)).revocations]
        await reader.close()
        assert seen == ["slow", "quick"]

    asyncio.run(opened(work))


WORKER = """
import asyncio, sys
from security.revocations import Revocation
from service.state.store import Store
from service.state.audit import AuditRecord

RECORD = AuditRecord("revoke", "a session", "a test")

async def work(url, name, count):
    store = Store(url)
    await store.prepare()
    for number in range(count):
        await store.revoke([Revocation(1000, session_id=f"{name}-{number}")], RECORD)
        print(f"{name}-{number}", flush=True)
    await store.close()

sys.stdin.readline()
asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def test_processes_start_and_write_at_once(opened, url):
    """Four processes create the tables and write at the same time. All succeed, and nothing is lost."""
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
                await writer.revoke([Revocation(1000, session_id=f"{number}-{turn}")], RECORD)
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


def test_transactions_that_begin_at_once_take_turns(opened, connect):
    """None fails, and none leaves a connection open, also while another process changes the database between them."""

    async def work(_):
        store, elsewhere = connect(), connect()
        for number in range(20):
            entries = [Revocation(9_500, session_id=f"s-{number}")]
            changes = elsewhere.revoke(entries, RECORD), store.revoke(entries, RECORD)
            await asyncio.gather(changes[0], store.now(), store.changes_after(0), changes[1])
        assert len((await store.changes_after(0)).revocations) == 40
        await store.close()
        await elsewhere.close()
        gc.collect()  # a connection that was forgotten warns, and warnings are errors here

    asyncio.run(opened(work))
