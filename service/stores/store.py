"""The store: revocations and API keys in SQLite or PostgreSQL, with a number on every change."""

from __future__ import annotations

import ipaddress
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import Any

import aiosqlite
from sqlalchemy import Row, delete, event, insert, inspect, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from security.api_keys import ApiKey, Network
from security.revocations import Revocation
from service.stores.schema import api_keys, changes, metadata, revocations, sequence

BATCH = 10_000
MARKS = 100_000  # of so many numbers the marks are kept; a reader that is further behind reads everything anew
SQLITE = "sqlite:///"  # and the name of a file, as it is
CONNECT_SECONDS = 3
BUSY_SECONDS = 5
# "sess" in ASCII: the lock under which one of several starting workers makes the tables.
ADVISORY_LOCK = 0x73657373


class StoreError(Exception):
    """The store cannot be used now; the message is one line without the password."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The number and the mark of the last transaction that was read: a store without it is another store."""

    number: int
    mark: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed up to the number `last`, a part of it: `complete` tells whether more is to be read.

    `anew`: it begins at the beginning, because the store is not the one that the reader knows.
    """

    last: int
    revocations: Sequence[Revocation]
    api_keys: Sequence[ApiKey]
    complete: bool
    witness: Witness | None = None
    anew: bool = False


def _engine(url: str) -> AsyncEngine:
    file = url.removeprefix(SQLITE)
    if file != url:
        return _sqlite_engine(file)
    try:
        parsed = make_url(url)
        if "@" in f"{parsed.host}{parsed.database}":
            raise ValueError  # a piece of the password, which would be shown as the name of a host
        return create_async_engine(
            parsed,
            pool_size=1,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "session-refresh",
                "options": f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout={2 * BUSY_SECONDS}s",
            },
        )
    except (ArgumentError, ImportError, ValueError) as error:
        problem = "not a database URL (special characters in a password must be percent-encoded)"
        raise StoreError(f"SESSION_REFRESH_DATABASE_URL: {problem}") from error


def _sqlite_engine(file: str) -> AsyncEngine:
    # Not read by make_url, which would take characters of the file's name for options.
    url = URL.create("sqlite+aiosqlite", database=file)

    async def connect() -> aiosqlite.Connection:
        connection = aiosqlite.connect(*arguments, **options)
        connection._thread.daemon = True  # as SQLAlchemy does it
        try:
            return await connection
        except sqlite3.Error:
            # Its thread has a last word for the event loop, which a command may close before that is said.
            connection._thread.join()
            raise

    engine = create_async_engine(url, async_creator=connect)
    arguments, options = engine.dialect.create_connect_args(url)
    options["timeout"] = BUSY_SECONDS
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    # WAL: readers never wait for writers. FULL: a commit is on the disk before it is told (SQLite, PRAGMA synchronous).
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Store:
    """One database. Every method raises StoreError if it cannot be reached or does not answer."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._file = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self._opened: tuple[int, int] | None = None

    async def _leave_replaced_file(self) -> None:
        """Closes an SQLite file that no longer stands under its name: it can be read for ever, but nobody writes it."""
        try:
            status = os.stat(self._file or "")
        except OSError:
            found = None
        else:
            found = (status.st_dev, status.st_ino)
        if found != self._opened:
            await self._engine.dispose()
            self._opened = found

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            if self._file is not None:
                await self._leave_replaced_file()
            async with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise StoreError(f"store: {type(error).__name__}: {cause}") from error

    async def prepare(self) -> None:
        """Makes the tables in an empty database. Raises StoreError where some are missing: what was in them is lost."""
        async with self._transaction() as connection:
            if self._engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            else:
                # The one writer, from before the look at what is there.
                await connection.execute(text("BEGIN IMMEDIATE"))
            found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            missing = metadata.tables.keys() - found
            if missing == metadata.tables.keys():
                await connection.run_sync(metadata.create_all)
                await connection.execute(insert(sequence).values(id=1, value=0))
            elif missing:
                raise StoreError(f"store: without its table {', '.join(sorted(missing))}: restore it from a backup")

    async def close(self) -> None:
        """Closes what is open."""
        await self._engine.dispose()

    async def _take(self, connection: AsyncConnection, numbers: int = 1) -> int:
        """The first of `numbers` fresh change numbers.

        The row stays locked until the transaction ends, so changes become visible in the order of their numbers: a
        reader that has seen number n will never miss a smaller one that commits later.
        """
        taken = update(sequence).values(value=sequence.c.value + numbers).returning(sequence.c.value)
        last = int((await connection.execute(taken)).scalar_one())
        await connection.execute(insert(changes).values(number=last, mark=secrets.token_hex(8)))
        return last - numbers + 1

    async def revoke(self, entries: Iterable[Revocation]) -> None:
        """Records `entries`, all or none; durable when this returns."""
        rows = [
            {
                "revoked_at": entry.revoked_at,
                "session_id": entry.session_id,
                "organisation": entry.organisation,
                "subject": entry.subject,
            }
            for entry in entries
        ]
        if not rows:
            return
        async with self._transaction() as connection:
            first = await self._take(connection, len(rows))
            numbered = [{"seq": first + offset, **row} for offset, row in enumerate(rows)]
            await connection.execute(insert(revocations), numbered)

    async def forget_before(self, moment: int) -> int:
        """Deletes the revocations made before `moment` (unix seconds); how many there were."""
        async with self._transaction() as connection:
            result = await connection.execute(delete(revocations).where(revocations.c.revoked_at < moment))
            newest = select(sequence.c.value - MARKS).scalar_subquery()
            await connection.execute(delete(changes).where(changes.c.number < newest))
            return int(result.rowcount)

    async def add_api_key(self, key: ApiKey) -> None:
        """Records `key`; durable when this returns."""
        async with self._transaction() as connection:
            row = {
                "key_id": key.key_id,
                "seq": await self._take(connection),
                "digest": key.digest,
                "organisation": key.organisation,
                "version": key.version,
                "sandbox": key.sandbox,
                "created_at": key.created_at,
                "expires_at": key.expires_at,
                "networks": " ".join(str(network) for network in key.networks),
                "revoked_at": key.revoked_at,
            }
            await connection.execute(insert(api_keys), row)

    async def revoke_api_key(self, key_id: str, now: int) -> bool:
        """Revokes the key, as of `now` unless it was before; False if there is no such key. Durable when it returns."""
        async with self._transaction() as connection:
            changed = (
                update(api_keys)
                .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
                .values(seq=await self._take(connection), revoked_at=now)
            )
            if (await connection.execute(changed)).rowcount:
                return True
            known = select(api_keys.c.key_id).where(api_keys.c.key_id == key_id)
            return (await connection.execute(known)).first() is not None

    async def list_api_keys(self) -> list[ApiKey]:
        """All keys, oldest first."""
        async with self._transaction() as connection:
            rows = await connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
            return [_api_key(row) for row in rows]

    async def now(self) -> int:
        """The database's own clock, in unix seconds."""
        clock = "strftime('%s', 'now')" if self._engine.dialect.name == "sqlite" else "extract(epoch FROM now())"
        async with self._transaction() as connection:
            return int((await connection.execute(text(f"SELECT {clock}"))).scalar_one())

    async def changes_after(self, last: int, witness: Witness | None = None) -> Changes:
        """What changed after number `last`, at most BATCH revocations of it.

        Everything from the beginning if the store has not the `witness`, so is not the one that was read up to there,
        but restored from a backup, or made anew.
        """
        async with self._transaction() as connection:
            newest = int((await connection.execute(select(sequence.c.value))).scalar_one())
            known = witness is None or await self._mark(connection, witness.number) == witness.mark
            anew = newest < last or not known
            if anew:
                last = 0
            if newest == last:
                return Changes(last, (), (), complete=True, witness=witness, anew=anew)
            rows = (
                await connection.execute(
                    select(*_REVOCATION)
                    .where(revocations.c.seq > last, revocations.c.seq <= newest)
                    .order_by(revocations.c.seq)
                    .limit(BATCH)
                )
            ).all()
            upto = int(rows[-1].seq) if len(rows) == BATCH else newest
            keys = await connection.execute(select(api_keys).where(api_keys.c.seq > last, api_keys.c.seq <= upto))
            return Changes(
                upto,
                [_revocation(row) for row in rows],
                [_api_key(row) for row in keys],
                complete=upto == newest,
                witness=Witness(newest, await self._mark(connection, newest)),
                anew=anew,
            )

    async def _mark(self, connection: AsyncConnection, number: int) -> str:
        """The mark of the transaction that ended with `number`; empty if there is none."""
        row = (await connection.execute(select(changes.c.mark).where(changes.c.number == number))).first()
        return "" if row is None else str(row.mark)


# By place, not by name: a worker that starts reads a million of them.
_REVOCATION = (*(revocations.c[field.name] for field in fields(Revocation)), revocations.c.seq)


def _revocation(row: Sequence[Any]) -> Revocation:
    revoked_at, session_id, organisation, subject, _ = row
    return Revocation(revoked_at, session_id, organisation, subject)


def _networks(row: Row[Any]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(network) for network in row.networks.split())
    except ValueError as error:
        raise StoreError(f"store: API key {row.key_id}: its networks cannot be read") from error


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        digest=row.digest,
        organisation=row.organisation,
        version=row.version,
        sandbox=bool(row.sandbox),
        created_at=row.created_at,
        expires_at=row.expires_at,
        networks=_networks(row),
        revoked_at=row.revoked_at,
    )
