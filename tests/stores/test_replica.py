"""What a worker's copy of the store promises, over both stores, with a clock that the test turns."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy

from security.api_keys import ApiKey
from security.errors import Unavailable
from security.revocations import Revocation
from security.tokens import Session
from service.log import Events
from service.stores import schema
from service.stores.replica import FORGET_SECONDS, Replica
from service.stores.store import BATCH, Store, StoreError

KEEP = 1000
TABLES = sorted(schema.metadata.tables)
KEY = ApiKey("ak_1", "d1", "o-1", "2026-02-01", sandbox=False, created_at=1000)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self):
        return self.seconds


class Copy:
    """A replica, the store under it, and the two clocks it lives by."""

    def __init__(self, url, folder):
        self.wall = Hands(10_000.0)
        self.monotonic = Hands(5.0)
        self.log_file = folder / "log"
        self._descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.store = Store(url)
        self.replica = Replica(
            self.store, Events("info", "json", self._descriptor).log, poll=0.01, max_staleness=10, keep=KEEP,
            clock=self.wall, monotonic=self.monotonic,
        )  # fmt: skip

    def events(self):
        return [json.loads(line)["event"] for line in self.log_file.read_text().splitlines()]

    async def close(self):
        await self.store.close()
        os.close(self._descriptor)


@pytest.fixture
def copied(url, tmp_path):
    @asynccontextmanager
    async def copy():
        made = Copy(url, tmp_path)
        try:
            yield made
        finally:
            await made.close()

    return copy


@asynccontextmanager
async def following(copy):
    """The replica follows the store meanwhile."""
    task = asyncio.create_task(copy.replica.follow())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def session(sid="s-1", sub="u-1", org="o-1", auth_time=9_000):
    return Session(sub, org, sid, auth_time, {})


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
def test_session_is_revoked_by(copied, case):
    """A session is revoked by its id, and by its user's or organisation's revocation unless it began later."""
    revocation, revoked = REVOKED[case]

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            assert copy.replica.revoked(session()) is False
            await copy.store.revoke([revocation])
            await copy.replica.catch_up()
            assert copy.replica.revoked(session()) is revoked

    asyncio.run(work())


def test_store_never_read_judges_nothing(copied):
    """Before the store is first read, no session is let through and none is refused for good."""

    async def work():
        async with copied() as copy:
            with pytest.raises(Unavailable):
                copy.replica.revoked(session())

    asyncio.run(work())


def test_staleness_has_a_bound(copied):
    """Up to MAX_STALENESS after the last read a session is judged; a moment later it is not, until the next read."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            copy.monotonic.seconds += 10
            assert copy.replica.revoked(session()) is False
            copy.monotonic.seconds += 0.001
            with pytest.raises(Unavailable):
                copy.replica.revoked(session())
            await copy.replica.catch_up()
            assert copy.replica.revoked(session()) is False

    asyncio.run(work())


def test_known_revocation_needs_no_fresh_store(copied):
    """A session known to be revoked is refused however old the copy is: that answer cannot change."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="s-1")])
            await copy.replica.catch_up()
            copy.monotonic.seconds += 1_000_000
            assert copy.replica.revoked(session()) is True

    asyncio.run(work())


def test_wall_clock_has_no_say_in_staleness(copied):
    """Steps of the wall clock, forth or back, make the copy neither older nor newer."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            for seconds in (-9_000, 1e9):
                copy.wall.seconds = seconds
                assert copy.replica.fresh()
            copy.monotonic.seconds += 11
            copy.wall.seconds = 10_000
            assert not copy.replica.fresh()

    asyncio.run(work())


def test_long_history_is_read_to_its_end(copied):
    """More changes than one batch holds are all there after one catching up."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke(Revocation(9_500, session_id=f"s-{n}") for n in range(2 * BATCH + 1))
            await copy.replica.catch_up()
            assert len(copy.replica) == 2 * BATCH + 1

    asyncio.run(work())


def test_api_keys_travel_the_same_way(copied, connect):
    """A key made or revoked elsewhere is found so at the next catching up."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            elsewhere = connect()
            await elsewhere.add_api_key(KEY)
            assert copy.replica.find("d1") is None
            await copy.replica.catch_up()
            assert copy.replica.find("d1") == KEY
            await elsewhere.revoke_api_key("ak_1", 9_999)
            await elsewhere.close()
            await copy.replica.catch_up()
            assert copy.replica.find("d1").revoked_at == 9_999

    asyncio.run(work())


def test_restored_backup_forgives_nobody(copied, url):
    """A store that goes back is read anew, and what was revoked stays revoked."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="s-1"), Revocation(9_500, session_id="s-2")])
            await copy.replica.catch_up()
            await rewind(url)
            await copy.store.revoke([Revocation(9_600, session_id="s-3")])
            await copy.replica.catch_up()
            for sid in ("s-1", "s-2", "s-3"):
                assert copy.replica.revoked(session(sid)), sid
            assert "store went back, reading it anew" in copy.events()

    asyncio.run(work())


def test_restored_backup_that_moved_on_is_noticed(copied, url):
    """A restored store that has more changes than before, when the copy looks again, is read anew all the same."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="s-1"), Revocation(9_500, session_id="s-2")])
            await copy.replica.catch_up()
            await rewind(url)
            await copy.store.revoke([Revocation(9_600, session_id=f"fresh-{n}") for n in range(3)])
            await copy.replica.catch_up()
            for sid in ("s-1", "s-2", "fresh-0", "fresh-1", "fresh-2"):
                assert copy.replica.revoked(session(sid)), sid

    asyncio.run(work())


async def rewind(url):
    """Makes the store what it was before its first change, as a restored backup would."""
    await execute(
        url,
        sqlalchemy.delete(schema.revocations),
        sqlalchemy.delete(schema.changes),
        sqlalchemy.update(schema.sequence).values(value=0),
    )


async def execute(url, *statements):
    other = sqlalchemy.create_engine(url)
    with other.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    other.dispose()


def test_old_revocations_are_forgotten(copied):
    """Once no session that a revocation covers can be alive, it goes: from the copy, and from the store."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="old"), Revocation(14_000, session_id="new")])
            async with following(copy):
                await until(lambda: len(copy.replica) == 2)
                copy.wall.seconds += FORGET_SECONDS + KEEP
                copy.monotonic.seconds += FORGET_SECONDS + KEEP
                await until(lambda: len(copy.replica) == 1)
                async with asyncio.timeout(20):  # the copy forgets first, the store a moment later
                    while [entry.session_id for entry in (await copy.store.changes_after(0)).revocations] != ["new"]:
                        await asyncio.sleep(0.01)
            assert copy.replica.revoked(session("new"))

    asyncio.run(work())


def test_clock_that_leaps_forward_forgets_nothing(copied):
    """A wall clock that leaps by years makes neither this copy nor the store forget a revocation."""

    async def work():
        async with copied() as copy:
            await copy.store.prepare()
            copy.wall.seconds += 1e8
            await copy.store.revoke([Revocation(13_000, session_id="s-1")])
            await copy.replica.catch_up()
            copy.monotonic.seconds += FORGET_SECONDS
            async with following(copy):
                await until(copy.replica.fresh)
                await until(lambda: copy.replica.problem == "")
            copy.wall.seconds -= 1e8
            assert copy.replica.revoked(session("s-1"))
            assert len((await copy.store.changes_after(0)).revocations) == 1

    asyncio.run(work())


def test_outage_is_logged_when_it_begins_and_when_it_ends(copied, url):
    """One line when the store cannot be read, one when it can again; the copy is up to date then."""

    async def work():
        async with copied() as copy, following(copy):
            await until(lambda: copy.events() == ["store in reach"])
            await rename_table(url, "session_refresh_sequence", "elsewhere")
            await until(lambda: copy.replica.problem)
            await rename_table(url, "elsewhere", "session_refresh_sequence")
            await until(lambda: copy.events() == ["store in reach", "store out of reach", "store in reach"])

    asyncio.run(work())


async def rename_table(url, name, to):
    await execute(url, sqlalchemy.text(f"ALTER TABLE {name} RENAME TO {to}"))


def test_row_that_makes_no_sense_is_an_outage(copied, url):
    """A row that somebody wrote by hand and that cannot be read is a StoreError that names the key, no crash."""

    async def work():
        async with copied() as copy:
            await copy.store.prepare()
            await copy.store.add_api_key(KEY)
            await set_networks(url, "not a network")
            with pytest.raises(StoreError, match="ak_1"):
                await copy.replica.catch_up()
            async with following(copy) as task:
                await until(lambda: "ak_1" in copy.replica.problem)
                assert not task.done()
                await set_networks(url, "10.0.0.0/8")
                await until(copy.replica.fresh)

    asyncio.run(work())


def test_database_made_anew_is_noticed(copied, url, connect):
    """A new database that has had as many changes as the lost one is told apart: its changes are read, nothing forgiven."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.add_api_key(KEY)  # the only change: nothing but its number could be compared
            await copy.replica.catch_up()
            drop_tables(url, *TABLES)
            starting = connect()
            await starting.prepare()
            await starting.revoke([Revocation(9_500, session_id="s-1")])
            await starting.close()
            await copy.replica.catch_up()
            assert copy.replica.revoked(session("s-1"))
            assert copy.replica.find("d1") == KEY

    asyncio.run(work())


def test_restored_backup_with_as_many_changes_is_noticed(copied, url):
    """A backup whose next change takes the number that a lost API key had: the change is read."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="s-1")])
            await copy.store.add_api_key(KEY)
            await copy.replica.catch_up()
            await execute(
                url,
                sqlalchemy.delete(schema.api_keys),
                sqlalchemy.delete(schema.changes).where(schema.changes.c.number == 2),
                sqlalchemy.update(schema.sequence).values(value=1),
            )
            await copy.store.revoke([Revocation(9_600, session_id="s-2")])
            await copy.replica.catch_up()
            assert copy.replica.revoked(session("s-2"))

    asyncio.run(work())


def test_lost_tables_are_an_outage(copied, url, connect):
    """Tables dropped under a running service are not made anew by it, which would forget who is revoked: it waits."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="s-1")])
            await copy.replica.catch_up()
            drop_tables(url, *TABLES)
            for _ in range(3):
                with pytest.raises(StoreError, match=r"session_refresh_\w+"):
                    await copy.replica.catch_up()
            assert tables(url) == set()
            starting = connect()  # an operator who restarts begins with an empty database
            await starting.prepare()
            await starting.close()
            await copy.replica.catch_up()
            assert copy.replica.revoked(session("s-1")), "what is known to be revoked stays so"

    asyncio.run(work())


@pytest.mark.parametrize("lost", TABLES)
def test_one_lost_table_is_an_outage(copied, url, connect, lost):
    """Where some of the tables are missing, the store is damaged: nobody who starts makes them anew and empty."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await copy.store.revoke([Revocation(9_500, session_id="s-1")])
        drop_tables(url, lost)
        starting = connect()
        with pytest.raises(StoreError, match=lost):
            await starting.prepare()
        await starting.close()
        assert lost not in tables(url)

    asyncio.run(work())


def test_lost_sequence_is_an_outage(copied, url, connect):
    """Tables whose sequence has no row any more are damaged, too: numbers would begin again and never be read."""

    async def work():
        async with copied() as copy:
            await copy.replica.catch_up()
            await execute(url, sqlalchemy.delete(schema.sequence))
            with pytest.raises(StoreError):
                await copy.replica.catch_up()
            starting = connect()
            await starting.prepare()
            with pytest.raises(StoreError):
                await starting.changes_after(0)
            with pytest.raises(StoreError):
                await starting.revoke([Revocation(9_500, session_id="s-1")])
            await starting.close()

    asyncio.run(work())


def tables(url):
    other = sqlalchemy.create_engine(url)
    names = set(sqlalchemy.inspect(other).get_table_names())
    other.dispose()
    return names


def drop_tables(url, *names):
    other = sqlalchemy.create_engine(url)
    schema.metadata.drop_all(other, [schema.metadata.tables[name] for name in names])
    other.dispose()


async def set_networks(url, value):
    await execute(url, sqlalchemy.update(schema.api_keys).values(networks=value))


def test_replaced_database_file_is_noticed(tmp_path):
    """SQLite: a file put in the place of the one that is open is read, though the old one could still be."""
    path, other = tmp_path / "state.db", tmp_path / "other.db"

    async def fill(file, *names):
        store = Store(f"sqlite:///{file}")
        await store.prepare()
        for name in names:
            await store.revoke([Revocation(9_500, session_id=name)])
        await store.close()

    async def work():
        copy = Copy(f"sqlite:///{path}", tmp_path)
        await fill(path, "a", "b")
        await copy.replica.catch_up()
        await fill(other, "c", "d", "e")
        for extra in ("-wal", "-shm"):
            Path(f"{path}{extra}").unlink(missing_ok=True)
        other.replace(path)
        await copy.replica.catch_up()
        assert all(copy.replica.revoked(session(sid)) for sid in "abcde")
        await copy.close()

    asyncio.run(work())


def test_deleted_database_file_is_noticed(tmp_path):
    """SQLite: when file and folder are gone that is an outage, until somebody makes them again."""
    folder = tmp_path / "state"
    folder.mkdir()
    path = folder / "state.db"

    async def work():
        copy = Copy(f"sqlite:///{path}", tmp_path)
        async with following(copy):
            await until(copy.replica.fresh)
            folder.rename(tmp_path / "gone")
            await until(lambda: copy.replica.problem)
            folder.mkdir()
            await until(lambda: "no such table" in copy.replica.problem)
            elsewhere = Store(f"sqlite:///{path}")
            await elsewhere.prepare()
            await elsewhere.revoke([Revocation(9_500, session_id="s-1")])
            await elsewhere.close()
            await until(lambda: copy.replica.revoked(session("s-1")) and not copy.replica.problem)
        await copy.close()

    asyncio.run(work())


def test_locked_database_is_an_outage_of_its_own_length(tmp_path):
    """SQLite: while another process holds the whole file, the store says so in one line; afterwards it works."""
    import sqlite3

    path = tmp_path / "state.db"

    async def work():
        store = Store(f"sqlite:///{path}")
        await store.prepare()
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        assert (await store.changes_after(0)).complete, "reading goes on"
        with pytest.raises(StoreError, match="locked"):
            await store.revoke([Revocation(9_500, session_id="s-1")])
        other.rollback()
        other.close()
        await store.revoke([Revocation(9_500, session_id="s-1")])
        await store.close()

    asyncio.run(work())
