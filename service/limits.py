"""Rate limits: how often a session may refresh, and an address be refused; counted here, or shared by machines."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Protocol

import limits
from limits.aio.storage import Storage
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.types import ASGIApp, Receive, Scope, Send

from security.errors import RateLimited
from service.exchange import Exchange, Window
from service.log import Log

SHARED_SECONDS = 0.25  # how long a refresh may wait for the shared store before it goes on without
PROBE_SECONDS = 1.0
PROBE_EXPIRY = 60


class Counter(Protocol):
    """Counts hits in windows of `period` seconds; `window` is the number of the current one."""

    async def hit(self, name: str, window: int, period: int) -> int:
        """Counts one more under `name`; how many there are now."""

    async def read(self, name: str, window: int, period: int) -> int:
        """How many there are under `name`."""


class LocalCounter:
    """Counts in this process.

    Not the memory storage of `limits`, which walks over all its names a hundred times a second to find the expired
    ones (measured: 100,000 names take half a core). Here a window's names go with the window.
    """

    def __init__(self) -> None:
        self._windows: dict[int, tuple[int, dict[str, int]]] = {}

    def _counts(self, window: int, period: int) -> dict[str, int]:
        held = self._windows.get(period)
        if held is None or held[0] != window:
            held = self._windows[period] = (window, {})
        return held[1]

    async def hit(self, name: str, window: int, period: int) -> int:
        """Counts one more under `name`; how many there are now."""
        counts = self._counts(window, period)
        count = counts[name] = counts.get(name, 0) + 1
        return count

    async def read(self, name: str, window: int, period: int) -> int:
        """How many there are under `name`."""
        return self._counts(window, period).get(name, 0)


class SharedCounter:
    """Counts in Valkey or Redis; while that is away, in this process, and looks out for its return."""

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

    async def _ask(self, question: Callable[..., Awaitable[int]], *arguments: str | int) -> int | None:
        if self.away:
            return None
        try:
            async with asyncio.timeout(SHARED_SECONDS):
                return await question(*arguments)
        except (StorageError, TimeoutError) as error:
            self._leave(type(error).__name__)
            return None

    def _leave(self, reason: str) -> None:
        if not self.away:
            self.away = True
            self._log.error("shared rate limits away, counting here", reason=reason)

    async def hit(self, name: str, window: int, period: int) -> int:
        """Counts one more under `name`; how many there are now."""
        shared = await self._ask(self._storage.incr, f"{name}/{window}", period)
        return await self._local.hit(name, window, period) if shared is None else shared

    async def read(self, name: str, window: int, period: int) -> int:
        """How many there are under `name`."""
        shared = await self._ask(self._storage.get, f"{name}/{window}")
        return await self._local.read(name, window, period) if shared is None else shared

    async def there(self) -> bool:
        """Whether the store counts: one that is full, or read-only, answers and still cannot be used."""
        try:
            async with asyncio.timeout(SHARED_SECONDS):
                return await self._storage.incr("probe", PROBE_EXPIRY) > 0
        except (StorageError, TimeoutError):
            return False

    async def watch(self) -> None:
        """Looks for ever whether the store is there."""
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if not await self.there():
                self._leave("probe")
            elif self.away:
                self.away = False
                self._log.info("shared rate limits back")


class Limit:
    """One rule, like 300/minute, over one kind of name. Windows begin at whole multiples of the period."""

    def __init__(self, kind: str, rate: str, counter: Counter) -> None:
        item = limits.parse(rate)
        self.kind = kind
        self._amount = item.amount
        self._period = item.get_expiry()
        self._counter = counter

    def _window(self, used: int, number: int) -> Window:
        return Window(self._amount, used, (number + 1) * self._period)

    async def hit(self, name: str, now: float) -> Window:
        """The window of `name` at `now` (unix seconds), with one more request in it."""
        number = int(now) // self._period
        return self._window(await self._counter.hit(f"{self.kind}/{name}", number, self._period), number)

    async def read(self, name: str, now: float) -> Window:
        """The window of `name` at `now` (unix seconds)."""
        number = int(now) // self._period
        return self._window(await self._counter.read(f"{self.kind}/{name}", number, self._period), number)


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 caller owns a /64 and could take a new address for every request."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        return address


class AddressLimit:
    """Refuses an address from which too many requests were refused, before anything is verified for it."""

    def __init__(self, app: ASGIApp, limit: Limit) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        if exchange.operation:
            window = exchange.window = await self._limit.read(network_of(exchange.client), exchange.now)
            if window.used >= window.limit:
                raise RateLimited("rate limit: of the address", window.seconds_left(exchange.now))
        await self.app(scope, receive, send)


class SessionLimit:
    """Refuses a session that refreshes too often, once it is known."""

    def __init__(self, app: ASGIApp, limit: Limit) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        if exchange.session is not None:
            window = exchange.window = await self._limit.hit(exchange.session.session_id, exchange.now)
            if window.used > window.limit:
                raise RateLimited("rate limit: of the session", window.seconds_left(exchange.now))
        await self.app(scope, receive, send)
