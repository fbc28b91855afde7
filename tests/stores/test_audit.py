"""Every store keeps a record of each change: in the transaction that makes the change, and in the order of the changes."""

from __future__ import annotations

import asyncio
import time

import pytest
import sqlalchemy

from security.revocations import Retention, Revocation
from service.state import audit, schema
from service.state.audit import KEEP_SECONDS, AuditRecord
from service.state.engine import StoreError
from tests.stores.records import KEY, RECORD, everything, sessions
from tests.stores.tables import execute


def by(actor, action="revoke"):
    return AuditRecord(action, "a session", actor)


async def records(store, since=0):
    return [entry.record for entry in await store.audit_after(0, since)]


def test_every_change_has_its_record(opened):
    """Revocations, API keys and changes made elsewhere, in their order, at the time of the database."""

    async def work(store):
        await store.revoke(sessions(3), by("1"))
        await store.add_api_key(KEY, by("2", "api-keys create"))
        assert await store.revoke_api_key("ak_1", 2000, by("3", "api-keys revoke"))
        await store.record(by("4", "keys add"))
        assert await store.take_statement("i", "j", 2**40, sessions(1), by("5"))
        return await store.audit_after(0, 0)

    entries = asyncio.run(opened(work))
    assert [entry.record.actor for entry in entries] == ["1", "2", "3", "4", "5"]
    assert [entry.number for entry in entries] == sorted({entry.number for entry in entries})
    assert all(abs(entry.at - time.time()) < 60 for entry in entries)


def test_record_is_read_as_it_was_made(opened):
    """All of it, text that is not ASCII too."""
    record = AuditRecord("keys add", "Größe 🎉", "用户", "'; DROP TABLE session_refresh_audit; --")
    asyncio.run(opened(lambda store: store.record(record)))
    assert asyncio.run(opened(records)) == [record]


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\ud800", "a\u202eb", "a\u2028b", "\x1b[2J"])
def test_text_of_others_can_break_nothing(opened, text):
    """What no line can show, or no database can hold, is kept as an escape: the change must not fail because of it."""
    asyncio.run(opened(lambda store: store.revoke(sessions(1), AuditRecord("revoke", text, text, text * 10_000))))
    (record,) = asyncio.run(opened(records))
    for kept in (record.target, record.actor, record.reason):
        assert kept.isprintable()
        assert ascii(text)[1:-1] in kept
    assert len(record.reason) < 50_000


def test_what_changes_nothing_leaves_no_record(opened):
    """An empty batch, an API key that is not there, and one that is revoked already."""

    async def work(store):
        await store.revoke([], by("1"))
        assert await store.revoke_api_key("ak_none", 2000, by("2")) is None
        await store.add_api_key(KEY, by("3"))
        assert await store.revoke_api_key("ak_1", 2000, by("4"))
        assert await store.revoke_api_key("ak_1", 3000, by("5")) is False
        return await records(store)

    assert [record.actor for record in asyncio.run(opened(work))] == ["3", "4"]


def test_change_and_record_are_both_stored_or_neither(opened, url):
    """A database that refuses the record keeps the change out, and the reverse."""

    async def work(store):
        await execute(url, sqlalchemy.text("ALTER TABLE session_refresh_audit RENAME COLUMN reason TO why"))
        for change in (
            store.revoke(sessions(1), RECORD), store.add_api_key(KEY, RECORD),
            store.take_statement("i", "j", 2**40, sessions(1), RECORD),
        ):  # fmt: skip
            with pytest.raises(StoreError):
                await change
        await execute(url, sqlalchemy.text("ALTER TABLE session_refresh_audit RENAME COLUMN why TO reason"))
        with pytest.raises(StoreError):
            await store.revoke([*sessions(1), Revocation(1000, session_id=None)], RECORD)  # type: ignore[arg-type]
        assert await records(store) == []
        assert await store.take_statement("i", "j", 2**40, [], RECORD) is not None, "it was not spent"
        return await everything(store)

    assert asyncio.run(opened(work))[:2] == ([], {})


def test_long_trail_is_read_in_pieces(opened, url):
    """Each piece goes on behind the last number; only what is not older than asked for is read."""

    async def work(store):
        row = {"action": "revoke", "target": "t", "actor": "a", "reason": ""}
        rows = [{"number": number, "at": number // 2, **row} for number in range(1, audit.BATCH + 6)]
        await execute(url, sqlalchemy.insert(schema.audit).values(rows[:5]))
        for begin in range(5, len(rows), 1000):
            await execute(url, sqlalchemy.insert(schema.audit).values(rows[begin : begin + 1000]))
        first = await store.audit_after(0, 0)
        second = await store.audit_after(first[-1].number, 0)
        third = await store.audit_after(second[-1].number, 0)
        since = await store.audit_after(0, 5000)
        return [[entry.number for entry in piece] for piece in (first, second, third, since)]

    first, second, third, since = asyncio.run(opened(work))
    assert first + second == list(range(1, audit.BATCH + 6))
    assert third == []
    assert since == list(range(10_000, audit.BATCH + 6))


def test_only_old_revocations_are_forgotten(opened, url):
    """A record of a revocation goes after 400 days, but not before the revocation itself; all others are kept."""
    now = 10**9

    async def work(store):
        for number, (action, age) in enumerate(
            [("revoke", KEEP_SECONDS + 1), ("revoke", KEEP_SECONDS), ("keys add", KEEP_SECONDS + 1)], 1
        ):
            row = {"number": number, "at": now - age, "action": action, "target": "", "actor": "", "reason": ""}
            await execute(url, sqlalchemy.insert(schema.audit).values(row))
        await store.forget(now, Retention(1000, KEEP_SECONDS + 1))
        assert [entry.number for entry in await store.audit_after(0, 0)] == [1, 2, 3]
        await store.forget(now, Retention(1000, 1000))
        return [entry.number for entry in await store.audit_after(0, 0)]

    assert asyncio.run(opened(work)) == [2, 3]
