"""Where shared limits are counted: the scheme of the URL is translated, and nothing else of it."""

from __future__ import annotations

import pytest
from redis.asyncio import SSLConnection

from service.state.shared_counter import SharedCounter
from service.telemetry.log import LogPipeline

URLS = {
    "valkey://valkey:6379/1": ("valkey", 6379, 1, False),
    "valkeys://valkeys.example:6380/0": ("valkeys.example", 6380, 0, True),
    "redis://valkey:6379/0": ("valkey", 6379, 0, False),
    "rediss://valkey:6379/2": ("valkey", 6379, 2, True),
    "redis://u:valkey@redis:6379/0": ("redis", 6379, 0, False),
}


@pytest.mark.parametrize("url", URLS)
def test_only_the_scheme_is_translated(url):
    """Hosts and passwords may have the names of schemes in them. `valkeys` and `rediss` are encrypted."""
    host, port, database, encrypted = URLS[url]
    counter = SharedCounter(url, LogPipeline("error", "json").log)
    given = counter._pool.connection_kwargs
    assert (given["host"], given["port"], given["db"]) == (host, port, database)
    assert issubclass(counter._pool.connection_class, SSLConnection) is encrypted
    assert given.get("password") == ("valkey" if "@" in url else None)
