"""Counts in Valkey or Redis, for all machines together."""

from __future__ import annotations

import asyncio

from limits.aio.storage import Storage
from limits.errors import StorageError
from limits.storage import storage_from_string

from service.state.local_counter import LocalCounter
from service.telemetry.log import Log

SHARED_SECONDS = 0.25  # how long a request may wait for the shared store; then it is counted locally
PROBE_SECONDS = 1.0
PROBE_EXPIRY = 60


class SharedCounter:
    """A counter in Valkey or Redis. While that does not answer, it counts in this process."""

    def __init__(self, url: str, log: Log) -> None:
        from redis.asyncio.retry import Retry  # takes a tenth of the start, and most services count in memory
        from redis.backoff import NoBackoff

        self._local = LocalCounter()
        self._log = log
        self.away = False
        self._storage: Storage = storage_from_string(  # type: ignore[assignment]
            "async+" + url.replace("valkey", "redis", 1),  # Valkey speaks Redis' protocol: one client serves both
            wrap_exceptions=True,
            implementation="redispy",
            socket_timeout=SHARED_SECONDS,
            socket_connect_timeout=SHARED_SECONDS,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # passed on to the client as it is
        )

    def _leave(self, reason: str) -> None:
        if not self.away:
            self.away = True
            self._log.error("shared rate limits unavailable, counting locally", reason=reason)

    async def hit(self, name: str, window: int, period: int) -> int:
        """Adds one to `name` in the window of that number, and returns the new count."""
        if not self.away:
            try:
                async with asyncio.timeout(SHARED_SECONDS):
                    return await self._storage.incr(f"{name}/{window}", period)
            except (StorageError, TimeoutError) as error:
                self._leave(type(error).__name__)
        return await self._local.hit(name, window, period)

    async def works(self) -> bool:
        """Whether the store counts. One that is full or read-only answers, but does not count."""
        try:
            async with asyncio.timeout(SHARED_SECONDS):
                return await self._storage.incr("probe", PROBE_EXPIRY) > 0
        except (StorageError, TimeoutError):
            return False

    async def watch(self) -> None:
        """Checks again and again whether the store works. Never returns."""
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if not await self.works():
                self._leave("probe")
            elif self.away:
                self.away = False
                self._log.info("shared rate limits available again")
