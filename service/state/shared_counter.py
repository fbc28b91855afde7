"""Counts in Valkey or Redis, for all machines together."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from limits.aio.storage import Storage
from limits.errors import StorageError
from limits.storage import storage_from_string

from service.state.local_counter import LocalCounter
from service.state.server_name import ServerName
from service.telemetry.log import Log

SHARED_SECONDS = 0.25  # how long a request may wait for the shared store; then it is counted locally
PROBE_SECONDS = 1.0
PROBE_EXPIRY = 60


class SharedCounter:
    """A counter in Valkey or Redis. While that does not answer, it counts in this process."""

    def __init__(self, url: str, log: Log) -> None:
        from redis.asyncio import ConnectionPool  # takes a tenth of the start, and most services count in memory
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._local = LocalCounter()
        self._log = log
        self.away = False
        self._host = urlsplit(url).hostname or ""
        self._server_name = ServerName()
        self._addresses: frozenset[str] = frozenset()
        url = re.sub("^valkey", "redis", url)  # Valkey speaks Redis' protocol: one client serves both
        self._pool = ConnectionPool.from_url(
            url, socket_timeout=SHARED_SECONDS, socket_connect_timeout=SHARED_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._storage: Storage = storage_from_string(  # type: ignore[assignment]
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            connection_pool=self._pool,  # type: ignore[arg-type]  # passed on to the client as it is
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

    async def _follow_name(self) -> None:
        """Gives up the connections if the server's name points elsewhere now, or may have when they were made."""
        found = self._server_name.addresses(self._host)
        if found and found.isdisjoint(self._addresses):
            await self._pool.disconnect(inuse_connections=bool(self._addresses))
            self._addresses = found

    async def watch(self) -> None:
        """Checks again and again whether the store works. Never returns.

        The connections to one that does not, or whose name has moved, are given up: after a failover the former primary
        answers on them for ever, but does not count.
        """
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            await self._follow_name()
            if not await self.works():
                self._leave("probe")
                await self._pool.disconnect()
            elif self.away:
                self.away = False
                self._log.info("shared rate limits available again")
