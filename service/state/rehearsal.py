"""Tries what a running service will do with its database, and undoes it: what `check` says is then true."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Table, delete, insert, select, update

from service.state import schema_number
from service.state.database import Database
from service.state.engine import StoreError
from service.state.schema import api_keys, audit, changes, metadata, revocations, sequence, statements

ROOM = 1 << 20  # bytes
MARK = -1  # no real row has it as its number


class _Undo(Exception):
    """Ends the transaction without a commit."""


async def rehearse(database: Database) -> None:
    """Reads every column, and writes as the service and the commands do. Raises StoreError for the first that fails.

    A database file that is not there is made by the first start: then there must be room for it.
    """
    if database.file is not None and _is_to_be_made(database.file):
        return
    with suppress(_Undo):
        async with database.transaction() as connection:
            await connection.run_sync(schema_number.verify)
            for table in metadata.sorted_tables:
                await connection.execute(select(table).limit(1))
            await connection.execute(update(sequence).values(value=sequence.c.value))
            for table in (changes, revocations, api_keys, audit, statements):
                await connection.execute(insert(table).values(_row(table)))
            await connection.execute(delete(changes).where(changes.c.number == MARK))
            await connection.execute(delete(revocations).where(revocations.c.seq == MARK))
            await connection.execute(delete(audit).where(audit.c.number == MARK))
            await connection.execute(delete(statements).where(statements.c.until == MARK))
            await connection.execute(update(api_keys).where(api_keys.c.seq == MARK).values(revoked_at=MARK))
            raise _Undo


def _row(table: Table) -> dict[str, Any]:
    """A value for each column that must have one."""
    return {
        column.name: True
        if isinstance(column.type, Boolean)
        else "rehearsal"
        if column.type.python_type is str
        else MARK
        for column in table.columns
        if not column.nullable
    }


def _is_to_be_made(file: Path) -> bool:
    """Whether `file` is not there. Raises StoreError if no file can be made in its folder, or the disk has no room for it."""
    try:
        with tempfile.TemporaryFile(dir=file.parent) as trial:
            os.posix_fallocate(trial.fileno(), 0, ROOM)
    except OSError as error:
        raise StoreError(f"store: {file.parent}: {error.strerror}") from error
    return not os.path.lexists(file)
