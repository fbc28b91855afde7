"""The store: revocations and API keys in a database, where every change has a number."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from security.api_keys import ApiKey
from security.revocations import Retention, Revocation
from service.state import audit, forgetting, rehearsal, schema_number, statements
from service.state.audit import AuditEntry, AuditRecord
from service.state.changes import Changes, Checkpoint, api_key_of, read_after, row_of
from service.state.database import Database
from service.state.schema import api_keys, changes, revocations, sequence

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

    async def has_tables(self) -> bool:
        """Whether the tables are there. Raises SchemaError if they are not those of this version of the program."""
        async with self._database.transaction() as connection:
            if not await connection.run_sync(schema_number.number_of):
                return False
            await connection.run_sync(schema_number.verify)
            return True

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

    async def revoke(self, entries: Iterable[Revocation], record: AuditRecord) -> float:
        """Stores `entries` and the record of it, all or none. They are durable when this returns.

        Those that are revoked NOW are revoked at the moment that this returns, which is by the database's clock (unix
        seconds). It is read once the entries are next in line, so that no sign-in is missed while others write.
        """
        rows = [entry._asdict() for entry in entries]
        async with self._database.transaction() as connection:
            return await self._revoke(connection, rows, record)

    async def _revoke(self, connection: AsyncConnection, rows: list[dict[str, Any]], record: AuditRecord) -> float:
        if not rows:
            return await self._database.now(connection)
        first = await self._take(connection, len(rows))
        now = await self._database.now(connection)
        for number, row in enumerate(rows, first):
            row |= {"seq": number, "revoked_at": row["revoked_at"] or int(now)}
        await connection.execute(insert(revocations), rows)
        await audit.write(connection, first, now, record)
        return now

    async def take_statement(
        self, issuer: str, token_id: str, until: int, entries: Iterable[Revocation], record: AuditRecord
    ) -> float | None:
        """As revoke(), once for each statement of an identity provider: None if that one was taken before, also elsewhere.

        Its id and what it revokes are stored, or neither. `until`: when it may be forgotten (unix seconds). A statement
        that revokes nothing leaves no record.
        """
        rows = [entry._asdict() for entry in entries]
        async with self._database.transaction() as connection:
            if not await statements.take(connection, issuer, token_id, until):
                return None
            return await self._revoke(connection, rows, record)

    async def forget(self, now: int, keep: Retention) -> bool:
        """Deletes a piece of what nobody needs any more at `now` (unix seconds): see forgetting. False if there may be more."""
        async with self._database.transaction() as connection:
            return await forgetting.forget(connection, now, keep)

    async def record(self, record: AuditRecord) -> None:
        """Stores the record of a change that was made elsewhere. It is durable when this returns."""
        async with self._database.transaction() as connection:
            await self._record(connection, await self._take(connection), record)

    async def _record(self, connection: AsyncConnection, number: int, record: AuditRecord) -> None:
        await audit.write(connection, number, await self._database.now(connection), record)

    async def audit_after(self, number: int, since: int) -> Sequence[AuditEntry]:
        """The next records after that `number`, of changes not before `since` (unix seconds). Empty if there are no more."""
        async with self._database.transaction() as connection:
            return await audit.read(connection, number, since)

    async def add_api_key(self, key: ApiKey, record: AuditRecord) -> None:
        """Stores `key`. It is durable when this returns."""
        async with self._database.transaction() as connection:
            number = await self._take(connection)
            await connection.execute(insert(api_keys), {**row_of(key), "seq": number})
            await self._record(connection, number, record)

    async def revoke_api_key(self, key_id: str, now: int, record: AuditRecord) -> bool | None:
        """Revokes the key as of `now`. False if it was revoked before, None if there is no such key. Durable on return."""
        async with self._database.transaction() as connection:
            number = await self._take(connection)
            changed = (
                update(api_keys)
                .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
                .values(seq=number, revoked_at=now)
            )
            if (await connection.execute(changed)).rowcount:
                await self._record(connection, number, record)
                return True
            known = select(api_keys.c.key_id).where(api_keys.c.key_id == key_id)
            return None if (await connection.execute(known)).first() is None else False

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
        """What changed after number `last`: see read_after()."""
        async with self._database.transaction() as connection:
            return await read_after(connection, last, checkpoint)
