"""What grows with the revocations: a replica's reading and memory, a worker's start, its refreshes, and the tables."""

import contextlib
import itertools
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks.capacity.databases import DurablePostgreSQL, execute, make_tables, revoke_many, served, table_bytes
from benchmarks.capacity.scale import QUICK, Scale
from benchmarks.client import WrongAnswer, ask, percentile
from benchmarks.servers import ROOT, START_WITHIN, Server, service
from benchmarks.sessions import EMPTY_OBJECT, Sessions, make_key, write_keys
from tests.support import program

READY_WITHIN = 600.0
ASK_EVERY = 0.05


def sizes(scale: Scale, cores: Sequence[int]) -> list[dict[str, Any]]:
    """For each number of revocations: in PostgreSQL, then in SQLite."""
    return [size(kind, count, scale, cores) for count in scale.revocations for kind in ("postgresql", "sqlite")]


def size(kind: str, count: int, scale: Scale, cores: Sequence[int]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory, _database(kind, Path(directory)) as url:
        make_tables(url)
        revoke_many(url, count)
        figures: dict[str, Any] = {"database": kind, "revocations": count}
        if kind == "postgresql":
            figures["tables"] = table_bytes(url)
        else:
            figures["file_bytes"] = (Path(directory) / "state.db").stat().st_size
        figures["worker"] = _worker(url, Path(directory), scale, cores)
        execute(url, f"DELETE FROM session_refresh_revocations WHERE seq > {count}")  # what was revoked meanwhile
        name = "quick" if scale is QUICK else "whole"
        command = [sys.executable, "-m", "benchmarks.capacity.probe", url, name]
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        return figures | {"replica": json.loads(ended.stdout)}


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'state.db'}"
    else:
        with served(DurablePostgreSQL()) as server:
            yield server.new_database()


def _worker(url: str, state: Path, scale: Scale, cores: Sequence[int]) -> dict[str, Any]:
    """One worker of the installed service: its start, its memory, and one client's waiting while it reads changes."""
    key = make_key("EdDSA")
    write_keys(state / "keys.json", key)
    request = Sessions.make(key).requests[EMPTY_OBJECT]
    variables = service().variables | {"SESSION_REFRESH_STATE_DIR": str(state)}
    if not url.startswith("sqlite"):
        variables["SESSION_REFRESH_DATABASE_URL"] = url
    began = time.monotonic()
    with program.running(
        service().command,
        program.environment(**variables),
        ROOT,
        output=state / "log",
        cores={cores[0]},
        seconds=START_WITHIN,
    ) as running:
        server = Server("session-refresh", running.port, running.process.pid)
        health = _wait(running.port, "/healthz") - began
        ready = _wait(running.port, "/readyz") - began
        figures: dict[str, Any] = {
            "first_answer_seconds": health,
            "ready_seconds": ready,
            "start_cpu_seconds": server.cpu_seconds(),
            "resident_mib": _rollup(server.pid, "Rss") / 1024,
            "proportional_mib": _rollup(server.pid, "Pss") / 1024,
            "undisturbed": _latencies(running.port, request, scale.seconds),
        }
        more = threading.Thread(target=revoke_many, args=(url, scale.changes[-1], 1))
        more.start()
        figures["while_reading"] = _latencies(running.port, request, 2 * scale.seconds)
        more.join()
    return figures


def _wait(port: int, path: str) -> float:
    """When `path` was first answered with 200."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=READY_WITHIN)
        with contextlib.suppress(OSError, HTTPException):
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.monotonic()
        connection.close()
        time.sleep(ASK_EVERY)
    raise program.DidNotStart(f"no {path} within {READY_WITHIN:.0f} s")


def _rollup(pid: int, name: str) -> int:
    """KiB of the process, by proc(5)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ValueError(name)


def _latencies(port: int, requests: Sequence[bytes], seconds: float) -> dict[str, float]:
    """Of refreshes one after the other, in milliseconds."""
    times = []
    with socket.create_connection(("127.0.0.1", port), READY_WITHIN) as connection:
        end = time.perf_counter() + seconds
        for request in itertools.cycle(requests):
            began = time.perf_counter()
            if not ask(connection, request).startswith(b"HTTP/1.1 200 "):
                raise WrongAnswer("a refresh was refused")
            times.append((time.perf_counter() - began) * 1e3)
            if time.perf_counter() > end:
                break
    times.sort()
    return {"p50_ms": percentile(times, 0.50), "p99_ms": percentile(times, 0.99), "longest_ms": times[-1]}
