"""Many workers and one PostgreSQL: what their polls take of it, its restart, a large revocation, a pooler, too few connections."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from benchmarks.capacity.databases import DurablePostgreSQL, make_tables, revoke_many, served
from benchmarks.capacity.scale import Scale
from benchmarks.client import WrongAnswer, percentile
from benchmarks.servers import ROOT
from tests.support.pgbouncer import PgBouncer

PROCESSES = 2
WITHIN = 900.0
LOOK_EVERY = 0.05
SETTLED = 3.0  # seconds of staleness: the rush of the start is over
REFUSED = "too many clients"  # PostgreSQL, as all connections are taken
SPARE = 20  # connections for operators, and for this measurement


@dataclass(frozen=True)
class Fleet:
    """Processes full of replicas."""

    processes: list[subprocess.Popen[str]]

    def report(self) -> dict[str, Any]:
        """What all saw since the last report."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write("report\n")
            process.stdin.flush()
        reports = [json.loads(process.stdout.readline()) for process in self.processes if process.stdout is not None]
        return {
            "times": sorted(chain.from_iterable(each["times"] for each in reports)),
            "staleness": sorted(chain.from_iterable(each["staleness"] for each in reports)),
            "stalest": max(each["stalest"] for each in reports),
            "fresh": sum(each["fresh"] for each in reports),
            "least": min(each["least"] for each in reports),
            "problems": sorted(set(chain.from_iterable(each["problems"] for each in reports))),
            "cpu_seconds": sum(each["cpu_seconds"] for each in reports),
        }

    def seconds_until(self, condition: Callable[[dict[str, Any], float], bool]) -> float:
        """`condition` gets what was seen, and the seconds since this was called."""
        began = time.monotonic()
        while True:
            asked = time.monotonic() - began
            if condition(self.report(), asked):
                return asked
            if asked > WITHIN:
                raise WrongAnswer(f"the replicas are not there within {WITHIN:.0f} s")
            time.sleep(LOOK_EVERY)

    def seconds_until_all_have_read(self) -> float:
        return self.seconds_until(lambda seen, seconds: seen["stalest"] < seconds)

    def observe(self, server: DurablePostgreSQL, seconds: float) -> dict[str, Any]:
        """Polls with nothing new, for that long."""
        self.seconds_until(lambda seen, _: seen["stalest"] < SETTLED)
        before = server.cpu_seconds()
        time.sleep(seconds)
        seen = self.report()
        polls = len(seen["times"])
        return {
            "polls_per_second": polls / seconds,
            "p50_ms": percentile(seen["times"], 0.50) * 1e3,
            "p99_ms": percentile(seen["times"], 0.99) * 1e3,
            "staleness_p50": percentile(seen["staleness"], 0.50),
            "staleness_p99": percentile(seen["staleness"], 0.99),
            "staleness_worst": seen["staleness"][-1],
            "database_cpu_us": (server.cpu_seconds() - before) / polls * 1e6,
            "replica_cpu_us": seen["cpu_seconds"] / polls * 1e6,
            "connections": len(server.connections("session-refresh")),
        }


@contextmanager
def fleet_of(number: int, url: str) -> Iterator[Fleet]:
    command = [sys.executable, "-m", "benchmarks.capacity.fleet_worker", url, str(number // PROCESSES)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        for _ in range(PROCESSES)
    ]
    try:
        fleet = Fleet(processes)
        fleet.report()  # they run
        yield fleet
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def fleet(scale: Scale) -> dict[str, Any]:
    number = scale.replicas
    figures: dict[str, Any] = {"replicas": number, "revocations": scale.fleet_revocations}
    with served(DurablePostgreSQL(number + SPARE)) as server:
        url = server.new_database()
        make_tables(url)
        revoke_many(url, scale.fleet_revocations)
        with fleet_of(number, url) as replicas:
            figures["start_seconds"] = replicas.seconds_until_all_have_read()
            figures["polls"] = replicas.observe(server, scale.fleet_seconds)
            figures["restart"] = _restart(replicas, server)
            figures["change"] = _change(replicas, server, url, scale)
        if shutil.which("pgbouncer"):
            figures["pooled"] = _pooled(server, url, scale)
    figures["too_few"] = _too_few(scale)
    return figures


def _restart(replicas: Fleet, server: DurablePostgreSQL) -> dict[str, float]:
    """PostgreSQL is stopped and started; all connect again."""
    began = time.monotonic()
    server.stop()
    server.start()
    down = time.monotonic() - began
    seconds = replicas.seconds_until_all_have_read()
    return {
        "down_seconds": down,
        "all_read_seconds": seconds,
        "connections": len(server.connections("session-refresh")),
    }


def _change(replicas: Fleet, server: DurablePostgreSQL, url: str, scale: Scale) -> dict[str, float]:
    """Many are revoked at once, and all replicas read them."""
    before = server.cpu_seconds()
    revoke_many(url, scale.fleet_changes, 1)
    wanted = scale.fleet_revocations + scale.fleet_changes
    seconds = replicas.seconds_until(lambda seen, _: seen["least"] == wanted)
    rows = scale.fleet_changes * scale.replicas
    return {
        "count": scale.fleet_changes,
        "seconds": seconds,
        "database_cpu_us_a_row": (server.cpu_seconds() - before) / rows * 1e6,
    }


def _pooled(server: DurablePostgreSQL, url: str, scale: Scale) -> dict[str, Any]:
    """The same through PgBouncer in transaction mode, with three connections to the server."""
    pooler = PgBouncer(server, "max_client_conn = 1000")
    with served(pooler), fleet_of(scale.replicas, pooler.url(url.rpartition("/")[2])) as replicas:
        start = replicas.seconds_until_all_have_read()
        return {"start_seconds": start, **replicas.observe(server, scale.fleet_seconds)}


def _too_few(scale: Scale) -> dict[str, Any]:
    """Half as many connections as replicas, as PostgreSQL has 100 by default."""
    allowed = scale.replicas // 2
    with served(DurablePostgreSQL(allowed)) as server:
        url = server.new_database()
        make_tables(url)
        with fleet_of(scale.replicas, url) as replicas:
            replicas.seconds_until(lambda seen, _: any(REFUSED in each for each in seen["problems"]))
            time.sleep(scale.fleet_seconds)
            seen = replicas.report()
    return {"allowed": allowed, "fresh": seen["fresh"]}
