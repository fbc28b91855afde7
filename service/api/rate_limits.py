"""Rate limits: how often a session may refresh, and how often an address may be refused."""

from __future__ import annotations

import ipaddress
from typing import Protocol

import limits

from security.errors import RateLimited
from service.api.request_context import RequestContext, Window


class Counter(Protocol):
    """The interface of what counts. A window is `period` seconds long and begins at a whole multiple of it."""

    async def hit(self, name: str, window: int, period: int) -> int:
        """Adds one to `name` in the window of that number, and returns the new count."""


class RateLimit:
    """One rule, like 300/minute, over one kind of name."""

    def __init__(self, kind: str, rate: str, counter: Counter) -> None:
        item = limits.parse(rate)
        self._kind = kind
        self._amount = item.amount
        self._period = item.get_expiry()
        self._counter = counter

    async def count(self, request: RequestContext, name: str) -> None:
        """Counts `request` under `name`, and stores the window in it. Raises RateLimited if it is one too many."""
        number = int(request.now) // self._period
        used = await self._counter.hit(f"{self._kind}/{name}", number, self._period)
        window = request.window = Window(self._amount, used, (number + 1) * self._period)
        if used > self._amount:
            raise RateLimited(f"rate limit: of the {self._kind}", max(1, window.reset - int(request.now)))


def network_of(address: str) -> str:
    """What counts as one address. The owner of an IPv6 /64 could use a new address for every request.

    An IPv4 address counts as itself, also in its IPv6 form (::ffff:0:0/96, RFC 4291 section 2.5.5.2).
    """
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
