"""The store: revocations and API keys in a database, where every change has a number."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from security.api_keys import ApiKey
from security.revocations import Revocation
from service.state import rehearsal, schema_number
from service.state.changes import REVOCATION_COLUMNS, Changes, Checkpoint, api_key_of, revocation_of
from service.state.database import Database
from service.state.schema import api_keys, changes, revocations, sequence

BATCH = 10_000
EPOCHS = 100_000  # of so many numbers the epochs are kept; a reader that is further behind reads everything again
# "sess" in ASCII: the lock under which one of several starting workers makes the tables.
ADVISORY_LOCK = 0x73657373


class Store:
    """One database. Every method raises StoreError if it cannot be reached, does not answer, or may not be written."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    async def close(self) -> None:
        """Closes all connections."""
        await self._database.close()

    async def prepare(self) -> None:
        """Makes the tables in an empty database, and brings an embedded one up to date. Raises SchemaError.

        A shared database may be in use by an older version on other machines: see migrate().
        """
        self._database.make_file()
        async with self._database.transaction() as connection:
            await self._database.lock(connection, ADVISORY_LOCK)
            if not await connection.run_sync(schema_number.number_of):
                await connection.run_sync(schema_number.make)
            elif self._database.file is not None:
                await connection.run_sync(schema_number.migrate)
            else:
                await connection.run_sync(schema_number.verify)

    async def verify(self) -> None:
        """Raises SchemaError unless the tables are there, and those of this version of the program."""
        async with self._database.transaction() as connection:
            await connection.run_sync(schema_number.verify)

    async def migrate(self) -> bool:
        """Brings the tables up to date; False if they were. Raises SchemaError if there are none, or only newer ones."""
        async with self._database.transaction() as connection:
            await self._database.lock(connection, ADVISORY_LOCK)
            return await connection.run_sync(schema_number.migrate)

    async def _take(self, connection: AsyncConnection, numbers: int = 1) -> int:
        """The first of `numbers` new change numbers.

        The row stays locked until the transaction ends, so that changes become visible in the order of their numbers: a
        reader that has seen number n never misses a smaller one that commits later.
        """
        taken = update(sequence).values(value=sequence.c.value + numbers).returning(sequence.c.value)
        last = int((await connection.execute(taken)).scalar_one())
        await connection.execute(insert(changes).values(number=last, epoch=secrets.token_hex(8)))
        return last - numbers + 1

    async def revoke(self, entries: Iterable[Revocation]) -> float:
        """Stores `entries`, all or none. They are durable when this returns.

        Those that are revoked NOW are revoked at the moment that this returns, which is by the database's clock (unix
        seconds). It is read once the entries are next in line, so that no sign-in is missed while others write.
        """
        rows = [asdict(entry) for entry in entries]
        if not rows:
            return await self.now()
        async with self._database.transaction() as connection:
            first = await self._take(connection, len(rows))
            now = await self._database.now(connection)
            for number, row in enumerate(rows, first):
                row |= {"seq": number, "revoked_at": row["revoked_at"] or int(now)}
            await connection.execute(insert(revocations), rows)
            return now

    async def forget_before(self, moment: int) -> int:
        """Deletes the revocations made before `moment` (unix seconds), and returns how many."""
        async with self._database.transaction() as connection:
            result = await connection.execute(delete(revocations).where(revocations.c.revoked_at < moment))
            newest = select(sequence.c.value - EPOCHS).scalar_subquery()
            await connection.execute(delete(changes).where(changes.c.number < newest))
            return int(result.rowcount)

    async def add_api_key(self, key: ApiKey) -> None:
        """Stores `key`. It is durable when this returns."""
        async with self._database.transaction() as connection:
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
        async with self._database.transaction() as connection:
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
        async with self._database.transaction() as connection:
            rows = await connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
            return [api_key_of(row) for row in rows]

    async def now(self) -> float:
        """The database's own clock, in unix seconds."""
        async with self._database.transaction() as connection:
            return await self._database.now(connection)

    async def rehearse(self) -> None:
        """Tries all that a service does with the database, and undoes it. Raises StoreError for the first that fails."""
        await rehearsal.rehearse(self._database)

    async def changes_after(self, last: int, checkpoint: Checkpoint | None = None) -> Changes:
        """What changed after number `last`, at most BATCH revocations at a time.

        Without the `checkpoint`, the database is not the one that was read so far: it was restored from a backup, or
        is new. Then everything is returned from the beginning.
        """
        async with self._database.transaction() as connection:
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
