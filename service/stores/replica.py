"""The copy of the store that every worker holds in memory, so that no refresh waits for a database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from security.api_keys import ApiKey
from security.errors import Unavailable
from security.revocations import RevocationList
from security.tokens import Session
from service.log import Log
from service.stores.store import Store, StoreError, Witness

FORGET_SECONDS = 3600.0
CANCEL_SECONDS = 0.2


class Replica:
    """Revocations and API keys as of a moment ago; says itself when that moment is too long ago.

    Both ports of `security` at once: Revocations and ApiKeys.
    """

    def __init__(
        self,
        store: Store,
        log: Log,
        *,
        poll: float,
        max_staleness: float,
        keep: int,
        make_tables: bool = True,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._log = log
        self._poll = poll
        self._max_staleness = max_staleness
        self._keep = keep
        self._clock = clock
        self._monotonic = monotonic
        self._make_tables = make_tables
        self._last = 0
        self._witness: Witness | None = None
        self._read_at = float("-inf")
        self._began = clock(), monotonic()
        self._forgot_at = monotonic()
        self._revocations = RevocationList()
        self._api_keys: dict[str, ApiKey] = {}
        self.problem = "not yet read"

    def __len__(self) -> int:
        """How many revocations there are."""
        return len(self._revocations)

    def staleness(self) -> float:
        """Seconds since the store was last read to its end."""
        return self._monotonic() - self._read_at

    def fresh(self) -> bool:
        """Whether that is recent enough to judge by."""
        return self.staleness() <= self._max_staleness

    def revoked(self, session: Session) -> bool:
        """Whether `session` is revoked. Raises Unavailable if it may have been since the store was last read."""
        if self._revocations.covers(session):
            return True
        if not self.fresh():
            raise Unavailable("store: not read for too long")
        return False

    def find(self, digest: str) -> ApiKey | None:
        """The API key of that digest."""
        return self._api_keys.get(digest)

    async def catch_up(self) -> None:
        """Reads what changed. Raises StoreError."""
        if self._make_tables:
            await self._store.prepare()
            self._make_tables = False  # for good: tables that are gone later are not to be made anew and empty
        while not await self._read_on():
            pass

    async def _read_on(self) -> bool:
        """Reads the next changes; whether they were the last."""
        began = self._monotonic()
        changes = await self._store.changes_after(self._last, self._witness)
        if changes.anew:
            # Restored from a backup. What was revoked stays revoked here, though the store no longer knows it.
            self._log.warning("store went back, reading it anew", was=self._last, now=changes.last)
        for revocation in changes.revocations:
            self._revocations.add(revocation)
        for key in changes.api_keys:
            self._api_keys[key.digest] = key
        self._last, self._witness = changes.last, changes.witness
        if changes.complete:
            self._read_at = began
        return changes.complete

    async def _forget(self) -> None:
        """Drops, here and in the store, what no session can need any more.

        By the slowest of three clocks: no leap of this machine's may take revocations from all the others.
        """
        wall, monotonic = self._began
        elapsed = self._monotonic() - monotonic
        moment = int(min(self._clock(), wall + elapsed, await self._store.now())) - self._keep
        self._revocations.drop_before(moment)
        await self._store.forget_before(moment)
        self._forgot_at = self._monotonic()

    async def _look(self) -> None:
        await self.catch_up()
        if self._monotonic() - self._forgot_at >= FORGET_SECONDS:
            await self._forget()

    async def look(self, seconds: float) -> None:
        """Catches up, and now and then forgets. Raises StoreError, also if that takes longer than `seconds`."""
        looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait({looking}, timeout=seconds)
            if looking.done():
                looking.result()
                return
            raise StoreError("store: no answer")
        finally:
            # Again and again: psycopg's answer to the first is to ask the server to cancel, and to wait for its word.
            while not looking.done():
                looking.cancel()
                await asyncio.wait({looking}, timeout=CANCEL_SECONDS)
            if not looking.cancelled():
                looking.exception()  # known: asyncio warns of exceptions that nobody looked at

    def _note(self, problem: str) -> None:
        """Logs an outage when it begins and when it ends, not in between."""
        if problem and not self.problem:
            self._log.error("store out of reach", reason=problem)
        elif self.problem and not problem:
            self._log.info("store in reach", revocations=len(self), api_keys=len(self._api_keys))
        self.problem = problem

    async def follow(self) -> None:
        """Catches up for ever."""
        while True:
            try:
                # Half the bound: a connection on which nothing comes any more leaves time for a second try on a new one.
                await self.look(max(self._poll, self._max_staleness / 2))
            except StoreError as error:
                self._note(str(error))
            else:
                self._note("")
            await asyncio.sleep(self._poll)
