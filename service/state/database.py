"""Transactions on the database, none of which trusts one that is not the truth: a standby, or one that was left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.state.engine import BUSY_SECONDS, StoreError, make_engine
from service.state.server_name import ServerName

# The limits of time hold for one transaction, so that PgBouncer may give the next one another session. Those that the
# URL's `options`, the role or the database set are kept. "0" is none.
_BEGIN = text(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
    + "".join(
        f", set_config('{name}', coalesce(nullif(current_setting('{name}'), '0'), '{seconds}s'), true)"
        for name, seconds in (("lock_timeout", BUSY_SECONDS), ("statement_timeout", 2 * BUSY_SECONDS))
    )
)


class Database:
    """One database. Every method raises StoreError if it cannot be reached, does not answer, or may not be written."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        # To leave a file that has changed while somebody works with it would lose that connection, open.
        self._one_at_a_time = asyncio.Lock()
        name = self._engine.url.database
        self.file = Path(name) if self._engine.dialect.name == "sqlite" and name else None
        self._opened: tuple[int, ...] = ()
        self._server_name = ServerName()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, which is durable when the block has ended. One at a time: others wait."""
        try:
            async with self._one_at_a_time:
                if self.file is not None:
                    _check_writable(self.file)
                    await self._leave_changed(self.file)
                async with self._engine.begin() as connection:
                    if self.file is None:
                        await self._check_truth(connection)
                    yield connection
        except (SQLAlchemyError, OSError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise StoreError(f"store: {type(error).__name__}: {cause}") from error

    async def _leave_changed(self, file: Path) -> None:
        """Closes a file that was written, replaced or restored: what SQLite remembers of it may be of another one."""
        status = os.stat(file)
        found = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
        if found != self._opened:
            await self._engine.dispose()
            self._opened = found

    async def _check_truth(self, connection: AsyncConnection) -> None:
        """Gives up a connection to a standby, or to a server that the name does not point to any more.

        After a failover, both could still be read for ever, and would say nothing of later revocations.
        """
        (cannot_write, *_) = (await connection.execute(_BEGIN)).one()
        problem = "it is a standby or read-only" if cannot_write else ""
        raw = (await connection.get_raw_connection()).driver_connection
        if raw is not None and self._server_name.left(raw.info.host, raw.info.hostaddr):
            problem = "its name now points to another server"
        if problem:
            await connection.invalidate()
            raise StoreError(f"store: {problem}")

    async def now(self, connection: AsyncConnection) -> float:
        """The database's clock, in unix seconds. That of the embedded one is this machine's."""
        if self.file is not None:
            return time.time()
        return float((await connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))).scalar_one())

    async def lock(self, connection: AsyncConnection, number: int) -> None:
        """Waits until nobody else holds the lock of that number, and holds it until the transaction ends."""
        if self.file is not None:
            # We are the only writer from before we look at what is there.
            await connection.execute(text("BEGIN IMMEDIATE"))
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})

    async def close(self) -> None:
        """Closes all connections."""
        self._server_name.close()
        await self._engine.dispose()

    def make_file(self) -> None:
        """Makes the file of an embedded database, for its owner alone, if it is not there.

        SQLite gives the mode and the owner of that file to its journal.
        """
        if self.file is None:
            return
        try:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise StoreError(f"store: {self.file}: {error.strerror}") from error


def _check_writable(file: Path) -> None:
    if not file.exists():
        raise StoreError(
            f"store: there is no database {file}: put it back, or `session-refresh serve` makes an empty one"
        )
    for path in (file, file.parent):
        if not os.access(path, os.W_OK):
            raise StoreError(f"store: {path} is read-only")
