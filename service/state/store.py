"""The store: revocations and API keys in a database, where every change has a number."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import delete, insert, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from security.api_keys import ApiKey
from security.revocations import Revocation
from service.state.changes import REVOCATION_COLUMNS, Changes, Checkpoint, api_key_of, revocation_of
from service.state.engine import StoreError, make_engine
from service.state.schema import api_keys, changes, metadata, revocations, sequence

BATCH = 10_000
EPOCHS = 100_000  # of so many numbers the epochs are kept; a reader that is further behind reads everything again
# "sess" in ASCII: the lock under which one of several starting workers makes the tables.
ADVISORY_LOCK = 0x73657373


class Store:
    """One database. Every method raises StoreError if it cannot be reached or does not answer."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._file = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self._opened: tuple[int, int] | None = None

    async def _leave_replaced_file(self) -> None:
        """Closes an SQLite file that was replaced or deleted: it could still be read, but nobody writes to it any more."""
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
        """Makes the tables in an empty database. Raises StoreError if only some are missing: what was in them is lost."""
        async with self._transaction() as connection:
            if self._engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            else:
                # We are the only writer from before we look at what is there.
                await connection.execute(text("BEGIN IMMEDIATE"))
            found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            missing = metadata.tables.keys() - found
            if missing == metadata.tables.keys():
                await connection.run_sync(metadata.create_all)
                await connection.execute(insert(sequence).values(id=1, value=0))
            elif missing:
                raise StoreError(f"store: without its table {', '.join(sorted(missing))}: restore it from a backup")

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

    async def _take(self, connection: AsyncConnection, numbers: int = 1) -> int:
        """The first of `numbers` new change numbers.

        The row stays locked until the transaction ends, so that changes become visible in the order of their numbers: a
        reader that has seen number n never misses a smaller one that commits later.
        """
        taken = update(sequence).values(value=sequence.c.value + numbers).returning(sequence.c.value)
        last = int((await connection.execute(taken)).scalar_one())
        await connection.execute(insert(changes).values(number=last, epoch=secrets.token_hex(8)))
        return last - numbers + 1

    async def revoke(self, entries: Iterable[Revocation]) -> None:
        """Stores `entries`, all or none. They are durable when this returns."""
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
        """Deletes the revocations made before `moment` (unix seconds), and returns how many."""
        async with self._transaction() as connection:
            result = await connection.execute(delete(revocations).where(revocations.c.revoked_at < moment))
            newest = select(sequence.c.value - EPOCHS).scalar_subquery()
            await connection.execute(delete(changes).where(changes.c.number < newest))
            return int(result.rowcount)

    async def add_api_key(self, key: ApiKey) -> None:
        """Stores `key`. It is durable when this returns."""
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
        """Revokes the key, as of `now` unless it is revoked already. False if there is no such key. Durable on return."""
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
            return [api_key_of(row) for row in rows]

    async def now(self) -> int:
        """The database's own clock, in unix seconds."""
        clock = "strftime('%s', 'now')" if self._engine.dialect.name == "sqlite" else "extract(epoch FROM now())"
        async with self._transaction() as connection:
            return int((await connection.execute(text(f"SELECT {clock}"))).scalar_one())

    async def changes_after(self, last: int, checkpoint: Checkpoint | None = None) -> Changes:
        """What changed after number `last`, at most BATCH revocations at a time.

        Without the `checkpoint`, the database is not the one that was read so far: it was restored from a backup, or
        is new. Then everything is returned from the beginning.
        """
        async with self._transaction() as connection:
            newest = int((await connection.execute(select(sequence.c.value))).scalar_one())
            known = checkpoint is None or await self._epoch(connection, checkpoint.number) == checkpoint.epoch
            resync = newest < last or not known
            if resync:
                last = 0
            if newest == last:
                return Changes(last, (), (), complete=True, checkpoint=checkpoint, resync=resync)
            rows = (
                await connection.execute(
                    select(*REVOCATION_COLUMNS)
                    .where(revocations.c.seq > last, revocations.c.seq <= newest)
                    .order_by(revocations.c.seq)
                    .limit(BATCH)
                )
            ).all()
            upto = int(rows[-1].seq) if len(rows) == BATCH else newest
            keys = await connection.execute(select(api_keys).where(api_keys.c.seq > last, api_keys.c.seq <= upto))
            return Changes(
                upto,
                [revocation_of(row) for row in rows],
                [api_key_of(row) for row in keys],
                complete=upto == newest,
                checkpoint=Checkpoint(newest, await self._epoch(connection, newest)),
                resync=resync,
            )

    async def _epoch(self, connection: AsyncConnection, number: int) -> str:
        """The epoch of the transaction that ended with `number`; empty if there is none."""
        row = (await connection.execute(select(changes.c.epoch).where(changes.c.number == number))).first()
        return "" if row is None else str(row.epoch)
