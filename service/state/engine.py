"""The connection to the database: SQLite, embedded, or PostgreSQL, for many machines."""

from __future__ import annotations

import sqlite3
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SQLITE = "sqlite:///"  # followed by the name of a file, unquoted
CONNECT_SECONDS = 3
BUSY_SECONDS = 5


class StoreError(Exception):
    """The store cannot be used now. The message is one line, without the password."""


def make_engine(url: str) -> AsyncEngine:
    """The engine for `url`. Raises StoreError if that is not a URL of a database that we use."""
    file = url.removeprefix(SQLITE)
    if file != url:
        return _sqlite_engine(file)
    try:
        parsed = make_url(url)
        if "@" in f"{parsed.host}{parsed.database}":
            raise ValueError  # a part of the password, which messages would show as the name of a host
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
    # Not by make_url, which would read some characters of a file name as options.
    url = URL.create("sqlite+aiosqlite", database=file)

    async def connect() -> aiosqlite.Connection:
        connection = aiosqlite.connect(*arguments, **options)
        connection._thread.daemon = True  # as SQLAlchemy does
        try:
            return await connection
        except sqlite3.Error:
            # Its thread still sends something to the event loop, which a command may close before that.
            connection._thread.join()
            raise

    engine = create_async_engine(url, async_creator=connect)
    arguments, options = engine.dialect.create_connect_args(url)
    options["timeout"] = BUSY_SECONDS
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    # WAL: readers never wait for writers. FULL: a commit is on disk when it returns (SQLite, PRAGMA synchronous).
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
