"""The connection to the database: SQLite, embedded, or PostgreSQL, for many machines."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SQLITE = "sqlite:///"  # followed by the name of a file, unquoted
CONNECT_SECONDS = 3
BUSY_SECONDS = 5
ONE_CONNECTION: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_timeout": CONNECT_SECONDS}
# DELETE, not WAL: a connection that stays open goes on with a -wal and a -shm that were removed or restored, sees nothing
# of what others write, and deletes their -wal when it closes. One file is also simpler to back up.
# FULL: a commit is on disk when it returns (SQLite, PRAGMA synchronous).
# schema_version: reads the file, so that one that is no database is found out here, where the connection is closed.
PRAGMAS = ("journal_mode=DELETE", "synchronous=FULL", "schema_version")


class StoreError(Exception):
    """The store cannot be used now. The message is one line, without the password."""


def make_engine(url: str) -> AsyncEngine:
    """The engine for `url`. Raises StoreError if that is not a URL of a database that we use."""
    file = url.removeprefix(SQLITE)
    if file != url:
        return _sqlite_engine(Path(file))
    try:
        parsed = make_url(url)
        if "@" in f"{parsed.host}{parsed.database}":
            raise ValueError  # a part of the password, which messages would show as the name of a host
        # What the URL says itself is kept. No startup parameter beside the name: PgBouncer refuses `options`. It also
        # gives each transaction another session, which does not know the statements that a former one has prepared.
        ours = {"connect_timeout": CONNECT_SECONDS, "application_name": "session-refresh", "prepare_threshold": None}
        return create_async_engine(
            parsed,
            **ONE_CONNECTION,
            connect_args={name: value for name, value in ours.items() if name not in parsed.query},
        )
    except (ArgumentError, ImportError, ValueError) as error:
        problem = "not a database URL (special characters in a password must be percent-encoded)"
        raise StoreError(f"SESSION_REFRESH_DATABASE_URL: {problem}") from error


def _sqlite_engine(file: Path) -> AsyncEngine:
    """The engine for an SQLite file, which must be there."""
    name = f"{file.absolute().as_uri()}?mode=rw"

    async def connect() -> aiosqlite.Connection:
        connection = aiosqlite.connect(name, uri=True, timeout=BUSY_SECONDS)
        connection._thread.daemon = True  # as SQLAlchemy does
        try:
            await connection
            for pragma in PRAGMAS:
                await connection.execute(f"PRAGMA {pragma}")
        except asyncio.CancelledError:
            await connection.close()
            raise
        except sqlite3.Error:
            await connection.close()
            # Its thread still sends something to the event loop, which a command may close before that.
            connection._thread.join()
            raise
        return connection

    # Not by make_url, which would read some characters of a file name as options.
    url = URL.create("sqlite+aiosqlite", database=str(file))
    return create_async_engine(url, async_creator=connect, **ONE_CONNECTION)
