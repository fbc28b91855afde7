"""Takes statements of identity providers: what they end is stored, with a record, and each is taken once."""

from __future__ import annotations

import asyncio

from security.revocations import NOW, Revocation, seconds_until_later
from security.statement_errors import NotTaken
from security.statements import Statement
from service.state import audit
from service.state.engine import StoreError
from service.state.store import Store
from service.telemetry.log import Log

TAKE_SECONDS = 4.0  # providers give up after 10 or so; a connection that hangs is given up some seconds later


class StatementDesk:
    """It implements the port `Statements` of `security`, with a store of its own: nobody else waits for its transactions."""

    def __init__(self, store: Store, log: Log) -> None:
        self._store = store
        self._log = log

    async def take(self, statement: Statement) -> None:
        """Ends what `statement` ends, durably, unless it was taken before, here or on another machine.

        Returns once any later sign-in is good. Raises NotTaken if the store cannot be written.
        """
        entries = [
            Revocation(
                NOW,
                organisation=ended.organisation,
                subject=ended.subject,
                idp_issuer=statement.issuer if ended.session else "",
                idp_session=ended.session,
            )
            for ended in statement.ends
        ]
        record = audit.of_revocations(entries, statement.issuer, ", ".join(statement.events))
        try:
            async with asyncio.timeout(TAKE_SECONDS):
                moment = await self._store.take_statement(
                    statement.issuer, statement.token_id, statement.until, entries, record
                )
        except (StoreError, TimeoutError) as error:
            raise NotTaken("store: not written") from error
        if moment is not None:
            audit.log(self._log, record)
            if any(entry.organisation for entry in entries):
                await asyncio.sleep(seconds_until_later(moment))

    async def close(self) -> None:
        """Closes the connection."""
        await self._store.close()
