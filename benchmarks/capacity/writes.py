"""How many revocations a store takes, one a transaction or many, and how the tables grow by them."""

import resource
import secrets
import tempfile
import time
from asyncio import gather
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from benchmarks.capacity.databases import DurablePostgreSQL, make_tables, served, table_bytes
from benchmarks.capacity.scale import Scale
from benchmarks.client import WrongAnswer
from security.revocations import NOW, Revocation
from service.state import audit
from service.state.store import Store
from tests.support import program

COMMANDS = 5
AT_ONCE = 1_000  # revocations in one transaction


def writes(scale: Scale) -> dict[str, Any]:
    with served(DurablePostgreSQL()) as server:
        url = server.new_database()
        make_tables(url)
        one_by_one = [uvloop.run(_rate(url, writers, 1, scale)) for writers in scale.writers]
        tables = table_bytes(url)
        at_once = uvloop.run(_rate(url, 1, AT_ONCE, scale))
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "state.db"
        make_tables(f"sqlite:///{file}")
        command = median(_by_the_command(directory) for _ in range(COMMANDS))
        embedded = uvloop.run(_rate(f"sqlite:///{file}", 1, 1, scale))
    return {
        "postgresql": [{"writers": n, "per_second": rate} for n, rate in zip(scale.writers, one_by_one, strict=True)],
        "at_once": {"count": AT_ONCE, "per_second": at_once},
        "sqlite": {"writers": 1, "per_second": embedded},
        "command_cpu_seconds": command,
        "bytes_each": {
            name: (found["table"] + found["indexes"]) / max(1, found["rows"]) for name, found in tables.items()
        },
    }


def _by_the_command(state: str) -> float:
    """CPU seconds of `session-refresh revoke`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environ = program.environment(SESSION_REFRESH_STATE_DIR=state)
    ended = program.run("revoke", "--session", secrets.token_urlsafe(16), environ=environ)
    if ended.returncode:
        raise WrongAnswer(ended.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _rate(url: str, writers: int, entries: int, scale: Scale) -> float:
    """Revocations a second by so many connections, each durable before the next one begins."""
    stores = [Store(url) for _ in range(writers)]
    for store in stores:
        await store.now()  # connects
    end = time.perf_counter() + scale.seconds
    made = 0

    async def write(store: Store) -> None:
        nonlocal made
        while time.perf_counter() < end:
            revoked = [Revocation(NOW, session_id=secrets.token_urlsafe(16)) for _ in range(entries)]
            await store.revoke(revoked, audit.of_revocations(revoked, "operator of the night shift", "signed out"))
            made += entries

    began = time.perf_counter()
    await gather(*map(write, stores))
    seconds = time.perf_counter() - began
    for store in stores:
        await store.close()
    return made / seconds
