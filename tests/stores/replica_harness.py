"""A replica with its own store and clocks, and what its tests do with it."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager

from security.api_keys import ApiKey
from security.revocations import Retention
from security.tokens import Session
from service.state.replica import Replica
from service.state.store import Store
from service.telemetry.log import LogPipeline
from tests.support.fake_clock import FakeClock

KEEP = 1000


KEY = ApiKey("ak_1", "d1", "o-1", "2026-02-01", sandbox=False, created_at=1000)


class ReplicaHarness:
    """A replica, its store, and the two clocks it uses."""

    def __init__(self, url, folder):
        self.wall = FakeClock(10_000.0)
        self.monotonic = FakeClock(5.0)
        self.log_file = folder / "log"
        self._descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.store = Store(url)
        self._pipeline = LogPipeline("info", "json", self._descriptor)
        self.replica = Replica(
            self.store, self._pipeline.log, poll=0.01, max_staleness=10, keep=Retention(KEEP, KEEP),
            clock=self.wall, monotonic=self.monotonic,
        )  # fmt: skip

    def events(self):
        self._pipeline.flush()
        return [json.loads(line)["event"] for line in self.log_file.read_text().splitlines()]

    async def close(self):
        await self.store.close()
        self._pipeline.flush()
        os.close(self._descriptor)


@asynccontextmanager
async def polling(harness):
    """The replica polls its store until the block ends."""
    task = asyncio.create_task(harness.replica.follow())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def wait_until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def session(sid="s-1", sub="u-1", org="o-1", auth_time=9_000):
    return Session(sub, org, sid, auth_time, {})
