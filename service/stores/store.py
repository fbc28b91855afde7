"""The store: revocations and API keys in SQLite or PostgreSQL, with a number on every change."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, event, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from security.api_keys import ApiKey
from security.revocations import Revocation
from service.stores.schema import api_keys, metadata, revocations, sequence

BATCH = 10_000
CONNECT_SECONDS = 3
BUSY_SECONDS = 5
# "sess" in ASCII: the lock under which one of several starting workers makes the tables.
ADVISORY_LOCK = 0x73657373


class StoreError(Exception):
    """The store cannot be used now; the message is one line without the password."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed up to the number `last`, a part of it: `complete` tells whether more is to be read."""

    last: int
    revocations: Sequence[Revocation]
    api_keys: Sequence[ApiKey]
    complete: bool


def _engine(url: str) -> AsyncEngine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            engine = create_async_engine(
                parsed.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": BUSY_SECONDS}
            )
            event.listen(engine.sync_engine, "connect", _set_pragmas)
            return engine
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
    except (ArgumentError, ImportError) as error:
        raise StoreError("SESSION_REFRESH_DATABASE_URL: not a database URL") from error


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

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise StoreError(f"store: {type(error).__name__}: {cause}") from error

    async def prepare(self) -> None:
        """Makes the tables where they are missing."""
        async with self._transaction() as connection:
            if self._engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            else:
                await connection.execute(text("BEGIN IMMEDIATE"))  # the one writer, from before the look at what is there
            await connection.run_sync(metadata.create_all)
            if (await connection.execute(select(sequence.c.value))).first() is None:
                await connection.execute(insert(sequence).values(id=1, value=0))

    async def close(self) -> None:
        """Closes what is open."""
        await self._engine.dispose()

    async def _take(self, connection: AsyncConnection, numbers: int = 1) -> int:
        """The first of `numbers` fresh change numbers.

        The row stays locked until the transaction ends, so changes become visible in the order of their numbers: a
        reader that has seen number n will never miss a smaller one that commits later.
        """
        taken = update(sequence).values(value=sequence.c.value + numbers).returning(sequence.c.value)
        return int((await connection.execute(taken)).scalar_one()) - numbers + 1

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

    async def changes_after(self, last: int) -> Changes:
        """What changed after number `last`, at most BATCH revocations of it.

        Everything from the beginning if the store's own number is smaller than `last`: it was restored from a backup.
        """
        async with self._transaction() as connection:
            newest = int((await connection.execute(select(sequence.c.value))).scalar_one())
            if newest == last:
                return Changes(last, (), (), complete=True)
            after = last if newest > last else 0
            rows = (
                await connection.execute(
                    select(revocations)
                    .where(revocations.c.seq > after, revocations.c.seq <= newest)
                    .order_by(revocations.c.seq)
                    .limit(BATCH)
                )
            ).all()
            upto = int(rows[-1].seq) if len(rows) == BATCH else newest
            keys = await connection.execute(select(api_keys).where(api_keys.c.seq > after, api_keys.c.seq <= upto))
            return Changes(
                upto,
                [Revocation(row.revoked_at, row.session_id, row.organisation, row.subject) for row in rows],
                [_api_key(row) for row in keys],
                complete=upto == newest,
            )


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        digest=row.digest,
        organisation=row.organisation,
        version=row.version,
        sandbox=bool(row.sandbox),
        created_at=row.created_at,
        expires_at=row.expires_at,
        networks=tuple(ipaddress.ip_network(network) for network in row.networks.split()),
        revoked_at=row.revoked_at,
    )
