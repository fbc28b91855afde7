"""The copy of the store that every worker holds in memory: no request waits for a database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from security.api_keys import ApiKey
from security.errors import Unavailable
from security.revocations import Retention, RevocationList
from security.tokens import Session
from service.state.changes import Checkpoint
from service.state.engine import StoreError
from service.state.store import Store
from service.telemetry.log import Log

FORGET_SECONDS = 3600.0
CANCEL_SECONDS = 0.2


def since_boot() -> float:
    """Seconds since the machine was started, those included in which it slept: what wakes up must know that it is stale."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Replica:
    """Revocations and API keys as they were a moment ago. It knows when that moment is too long ago to judge by.

    It implements two ports of `security`: Revocations and ApiKeys.
    """

    def __init__(
        self,
        store: Store,
        log: Log,
        *,
        poll: float,
        max_staleness: float,
        keep: Retention,
        make_tables: bool = True,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = since_boot,
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
        self._checkpoint: Checkpoint | None = None
        self._read_at = float("-inf")
        self._began = clock(), monotonic()
        self._forgot_at = monotonic()
        self._revocations = RevocationList()
        self._api_keys: dict[str, ApiKey] = {}
        self._reread: dict[str, ApiKey] | None = None  # while all are read again: those that the store has
        self._revoked_keys: dict[str, int] = {}  # from digest to the time: for good, whatever the store says later
        self.problem = "not yet read"

    def __len__(self) -> int:
        """How many revocations it holds."""
        return len(self._revocations)

    def staleness(self) -> float:
        """Seconds since the store was last read completely."""
        return self._monotonic() - self._read_at

    def fresh(self) -> bool:
        """Whether the store was read recently enough."""
        return self.staleness() <= self._max_staleness

    def revoked(self, session: Session) -> bool:
        """Whether `session` is revoked. Raises Unavailable if it may have been since the store was last read."""
        if self._revocations.covers(session):
            return True
        if not self.fresh():
            raise Unavailable("store: not read for too long")
        return False

    def find(self, digest: str) -> ApiKey | None:
        """The API key with that digest."""
        return self._api_keys.get(digest)

    async def catch_up(self) -> None:
        """Reads all changes. Raises StoreError."""
        if self._make_tables:
            await self._store.prepare()
            self._make_tables = False  # never again: tables that disappear later must not be replaced by empty ones
        while not await self._read_on():
            pass

    async def _read_on(self) -> bool:
        """Reads the next changes. True if they were the last ones."""
        began = self._monotonic()
        changes = await self._store.changes_after(self._last, self._checkpoint)
        if changes.resync:
            # Restored from a backup. What was revoked stays revoked here, even if the store no longer has it.
            self._log.warning("store went back, reading it from the beginning", was=self._last, now=changes.last)
            self._reread = {}
        for revocation in changes.revocations:
            self._revocations.add(revocation)
        keys = self._api_keys if self._reread is None else self._reread
        keys.update((key.digest, self._still_revoked(key)) for key in changes.api_keys)
        self._last, self._checkpoint = changes.last, changes.checkpoint
        if changes.complete:
            if self._reread is not None:
                self._api_keys, self._reread = self._reread, None  # what it does not have, nobody could revoke
            self._read_at = began
        return changes.complete

    def _still_revoked(self, key: ApiKey) -> ApiKey:
        """`key`; revoked, if it was known to be before the store was restored."""
        if key.revoked_at is not None:
            self._revoked_keys[key.digest] = key.revoked_at
        elif (revoked_at := self._revoked_keys.get(key.digest)) is not None:
            self._log.error("a revoked API key is active in the restored store: revoke it again", id=key.key_id)
            return replace(key, revoked_at=revoked_at)
        return key

    async def _forget(self) -> None:
        """Removes, in the store and here, revocations that no session can need any more, and what else is too old there.

        A piece of them: the next poll goes on, so that it waits no longer for that.
        The slowest of three clocks counts: a clock that leaps on this machine must not remove revocations from all others.
        """
        wall, monotonic = self._began
        elapsed = self._monotonic() - monotonic
        now = int(min(self._clock(), wall + elapsed, await self._store.now()))
        nothing_there = await self._store.forget(now, self._keep)
        nothing_here = self._revocations.drop_old(now, self._keep)
        if nothing_there and nothing_here:
            self._forgot_at = self._monotonic()

    async def _look(self) -> None:
        await self.catch_up()
        if self._monotonic() - self._forgot_at >= FORGET_SECONDS:
            await self._forget()

    async def look(self, seconds: float) -> None:
        """Catches up, and now and then removes old revocations. Raises StoreError, also after `seconds`."""
        looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait({looking}, timeout=seconds)
            if looking.done():
                looking.result()
                return
            raise StoreError("store: no answer")
        finally:
            # More than once: at the first cancel, psycopg asks the server to cancel and waits for it to confirm.
            while not looking.done():
                looking.cancel()
                await asyncio.wait({looking}, timeout=CANCEL_SECONDS)
            if not looking.cancelled():
                looking.exception()  # retrieved, so that asyncio does not warn

    def _note(self, problem: str) -> None:
        """Logs when an outage begins and when it ends."""
        if problem and not self.problem:
            self._log.error("store unavailable", reason=problem)
        elif self.problem and not problem:
            self._log.info("store available", revocations=len(self), api_keys=len(self._api_keys))
        self.problem = problem

    async def follow(self) -> None:
        """Catches up again and again. Never returns."""
        while True:
            try:
                # Half of `max_staleness`, so that a dead connection leaves time for one retry.
                await self.look(max(self._poll, self._max_staleness / 2))
            except StoreError as error:
                self._note(str(error))
            else:
                self._note("")
            await asyncio.sleep(self._poll)
