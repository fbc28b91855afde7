"""One replica in a process of its own, with nothing beside it: what it takes to read so many revocations, and to follow.

`python -m benchmarks.capacity.probe URL SCALE` prints the figures as JSON.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from benchmarks.capacity.databases import KEPT, another_epoch, backend_seconds, revoke_many
from benchmarks.capacity.scale import QUICK, WHOLE, Scale
from benchmarks.client import percentile
from security.revocations import NOW, Retention, Revocation
from service.state.audit import REVOKE, AuditRecord
from service.state.replica import Replica
from service.state.store import Store
from service.telemetry.log import LogPipeline

RETENTION = Retention(KEPT, KEPT)
RECORD = AuditRecord(REVOKE, "session 'as long as they are: 22'", "operator", "benchmark")
_RECEIVED = struct.Struct("Q"), 128  # tcpi_bytes_received in struct tcp_info (linux/tcp.h)


class Probe:
    """A replica, and what its work takes: here, in the database, and of the event loop."""

    def __init__(self, url: str, scale: Scale) -> None:
        self._url, self._scale = url, scale
        self._store, self._other = Store(url), Store(url)
        log = LogPipeline("error", "json").log
        self._replica = Replica(
            self._store, log, poll=1, max_staleness=10, keep=RETENTION, make_tables=False, clock=time.time
        )

    async def run(self) -> dict[str, Any]:
        before = resident_bytes()
        await self._store.verify()  # connects
        read = await self._measured(self._replica.catch_up)
        count = len(self._replica)
        figures: dict[str, Any] = {
            "revocations": count,
            "read": read,
            "bytes_each": (resident_bytes() - before) / max(1, count),
            "poll": await self._polls(),
            "revoke_ms": await self._revoke_one_by_one(),
            "changes": [await self._change(number) for number in self._scale.changes],
            "forget": await self._forget(),
        }
        another_epoch(self._url)
        figures["resync"] = await self._measured(self._replica.catch_up)
        figures["resync"]["resident_mib"] = resident_bytes() / 2**20
        await self._store.close()
        await self._other.close()
        return figures

    async def _measured(self, work: Callable[[], Awaitable[None]]) -> dict[str, float]:
        async with _stalls() as stalls:
            connection = await self._connection()
            before = self._counters(connection)
            began = time.perf_counter()
            await work()
            seconds = time.perf_counter() - began
            cpu, database, received = (now - then for now, then in zip(self._counters(connection), before, strict=True))
        return {
            "seconds": seconds,
            "cpu_seconds": cpu,
            "database_cpu_seconds": database,
            "received_bytes": received,
            "longest_stall_ms": stalls[-1] * 1e3,
        }

    async def _connection(self) -> Any:
        """psycopg's, or None."""
        async with self._store._database.transaction() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
        return getattr(driver, "info", None)

    def _counters(self, connection: Any) -> tuple[float, float, float]:
        """Seconds of this process and of the database's, and bytes from there."""
        if connection is None:
            return time.process_time(), 0, 0
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as shared:
            format_, at = _RECEIVED
            info = shared.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, at + format_.size)
        return time.process_time(), backend_seconds(connection.backend_pid), format_.unpack_from(info, at)[0]

    async def _polls(self) -> dict[str, float]:
        """Polls that find nothing new: each alone, and what all took."""
        times: list[float] = []

        async def poll() -> None:
            for _ in range(self._scale.polls):
                began = time.perf_counter()
                await self._replica.catch_up()
                times.append(time.perf_counter() - began)

        taken = await self._measured(poll)
        times.sort()
        return {
            "p50_ms": percentile(times, 0.50) * 1e3,
            "p99_ms": percentile(times, 0.99) * 1e3,
            "cpu_us": taken["cpu_seconds"] / self._scale.polls * 1e6,
            "database_cpu_us": taken["database_cpu_seconds"] / self._scale.polls * 1e6,
            "received_bytes": taken["received_bytes"] / self._scale.polls,
        }

    async def _revoke_one_by_one(self) -> float:
        times = []
        for number in range(max(5, self._scale.polls // 10)):
            began = time.perf_counter()
            await self._other.revoke([Revocation(NOW, session_id=f"one-{number}")], RECORD)
            times.append(time.perf_counter() - began)
        await self._replica.catch_up()
        return median(times) * 1e3

    async def _change(self, count: int) -> dict[str, float]:
        """So many more, revoked at once, until this replica has them."""
        await asyncio.to_thread(revoke_many, self._url, count, 1)
        return {"count": count, **await self._measured(self._replica.catch_up)}

    async def _forget(self) -> dict[str, float]:
        """A tenth of all gets too old: the store deletes them in pieces, and another connection polls all the while."""
        now = int(time.time()) + KEPT // 10
        pieces: list[float] = []
        polls: list[float] = []
        ended = asyncio.Event()

        async def forget() -> None:
            complete = False
            while not complete:
                began = time.perf_counter()
                complete = await self._other.forget(now, RETENTION)
                pieces.append(time.perf_counter() - began)
            ended.set()

        async def poll() -> None:
            while not ended.is_set():
                began = time.perf_counter()
                await self._replica.catch_up()
                polls.append(time.perf_counter() - began)
                await asyncio.sleep(0.01)

        async with _stalls():
            await asyncio.gather(forget(), poll())
        async with _stalls() as stalls:
            complete = False
            while not complete:
                complete = self._replica._revocations.drop_old(now, RETENTION)
                await asyncio.sleep(0)
        return {
            "pieces": len(pieces),
            "piece_ms": median(pieces) * 1e3,
            "seconds": sum(pieces),
            "longest_poll_ms": max(polls) * 1e3,
            "longest_stall_ms": stalls[-1] * 1e3,
        }


@contextlib.asynccontextmanager
async def _stalls() -> AsyncIterator[list[float]]:
    """For how long the event loop did nothing else, in seconds; sorted once the block has ended."""
    found: list[float] = [0.0]

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            found.append(max(0.0, time.perf_counter() - began - 0.001))

    ticking = asyncio.create_task(tick())
    try:
        yield found
        await asyncio.sleep(0.002)  # the last tick ends
    finally:
        ticking.cancel()
        found.sort()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(json.dumps(uvloop.run(Probe(sys.argv[1], QUICK if sys.argv[2] == "quick" else WHOLE).run())))
