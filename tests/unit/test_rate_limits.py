"""Rate limits: windows that end at whole multiples of the period, counted in this process."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from security.errors import RateLimited
from service.api.rate_limits import RateLimit, network_of
from service.state.local_counter import LocalCounter
from tests.support.request_contexts import request_for


def hits(limit, *calls):
    """The windows after each of these requests: a name, and a time."""

    async def run():
        windows = []
        for name, now in calls:
            request = request_for(now=now)
            with suppress(RateLimited):
                await limit.count(request, name)
            windows.append(request.window)
        return windows

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("rate", "now", "amount", "reset"),
    [
        ("300/minute", 120, 300, 180),
        ("300/minute", 179.99, 300, 180),
        ("300/minute", 180, 300, 240),
        ("5/second", 7.5, 5, 8),
        ("10/2 minute", 119, 10, 120),
        ("1000/hour", 3600, 1000, 7200),
    ],
)
def test_window_ends_at_a_whole_multiple(rate, now, amount, reset):
    """A window ends at the next whole multiple of its period; the first hit is in it."""
    (window,) = hits(RateLimit("session", rate, LocalCounter()), ("a", now))
    assert window == (amount, 1, reset)


def test_each_name_is_counted_by_itself():
    """One name's hits are not another's; a new window counts anew."""
    limit = RateLimit("session", "3/minute", LocalCounter())
    windows = hits(limit, ("a", 60), ("a", 61), ("b", 62), ("a", 119.9), ("a", 120), ("b", 120))
    assert [window.used for window in windows] == [1, 2, 1, 3, 1, 1]


def test_two_limits_share_a_counter_but_no_count():
    """Limits of two kinds, or two periods, over the same name are counted apart."""
    counter = LocalCounter()
    session, address = RateLimit("session", "3/minute", counter), RateLimit("address", "3/minute", counter)
    hourly = RateLimit("session", "3/hour", counter)
    assert [hits(limit, ("a", 60))[0].used for limit in (session, address, hourly, session)] == [1, 1, 1, 2]


def test_a_window_goes_with_its_names():
    """Names of a past window take no memory."""
    counter = LocalCounter()

    async def run():
        for number in range(1000):
            await counter.hit(f"name {number}", 1, 60)
        await counter.hit("name", 2, 60)

    asyncio.run(run())
    assert counter._windows == {60: (2, {"name": 1})}


@pytest.mark.parametrize(("now", "seconds"), [(120, 60), (120.9, 60), (179.5, 1), (179, 1)])
def test_retry_is_at_least_a_second_off(now, seconds):
    """What a client is told to wait is whole seconds, and at least one."""
    limit = RateLimit("session", "1/minute", LocalCounter())
    asyncio.run(limit.count(request_for(now=now), "a"))
    with pytest.raises(RateLimited) as refusal:
        asyncio.run(limit.count(request_for(now=now), "a"))
    assert refusal.value.headers == ((b"retry-after", b"%d" % seconds),)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("not:an:address", "not:an:address"),
        ("", ""),
    ],
)
def test_an_ipv6_caller_is_its_network(address, network):
    """Who owns a /64 counts once, whatever address of it calls."""
    assert network_of(address) == network
