"""Many replicas in one process, each with a connection of its own, as so many workers would be.

`python -m benchmarks.capacity.fleet_worker URL NUMBER` answers each line on stdin by a line of JSON: what it saw since the
line before.
"""

import asyncio
import json
import random
import sys
import time
from typing import Any

import uvloop
from typing_extensions import override

from benchmarks.capacity.databases import KEPT
from security.revocations import Retention
from service.state.changes import Changes, Checkpoint
from service.state.replica import Replica
from service.state.store import Store
from service.telemetry.log import LogPipeline

POLL = 1.0
SAMPLE_SECONDS = 0.1
# A worker gives a reading up after half of this. Here a hundred replicas wait for one another in one process.
MAX_STALENESS = 120.0


class TimedStore(Store):
    """Notes how long each reading took, and what went wrong, from the transaction's begin to its end."""

    def __init__(self, url: str, times: list[float]) -> None:
        super().__init__(url)
        self._times = times

    @override
    async def changes_after(self, last: int, checkpoint: Checkpoint | None = None) -> Changes:
        began = time.perf_counter()
        changes = await super().changes_after(last, checkpoint)
        self._times.append(time.perf_counter() - began)
        return changes


class Fleet:
    def __init__(self, url: str, number: int) -> None:
        self._times: list[float] = []
        self._staleness: list[float] = []
        self._cpu = time.process_time()
        log = LogPipeline("error", "json").log
        self._replicas = [
            Replica(
                TimedStore(url, self._times), log, poll=POLL, max_staleness=MAX_STALENESS,
                keep=Retention(KEPT, KEPT), make_tables=False,
                clock=time.time,
            )
            for _ in range(number)
        ]  # fmt: skip

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._follow(each)) for each in self._replicas]
        tasks.append(asyncio.create_task(self._sample()))
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(self._report()), flush=True)
        for task in tasks:
            task.cancel()

    async def _follow(self, replica: Replica) -> None:
        await asyncio.sleep(random.random() * POLL)  # workers do not start in the same millisecond
        await replica.follow()

    async def _sample(self) -> None:
        while True:
            self._staleness += [each.staleness() for each in self._replicas]
            await asyncio.sleep(SAMPLE_SECONDS)

    def _report(self) -> dict[str, Any]:
        report = {
            "times": self._times[:],
            "staleness": self._staleness[:],
            "stalest": max(each.staleness() for each in self._replicas),
            "fresh": sum(each.fresh() for each in self._replicas),
            "least": min(len(each) for each in self._replicas),
            "problems": sorted({each.problem for each in self._replicas if each.problem}),
            "cpu_seconds": time.process_time() - self._cpu,
        }
        self._times.clear()
        self._staleness.clear()
        self._cpu = time.process_time()
        return report


if __name__ == "__main__":
    uvloop.run(Fleet(sys.argv[1], int(sys.argv[2])).run())
