"""What one core carries: refreshes by each algorithm, with limits that all workers share, and by a second worker."""

import re
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.capacity.databases import served
from benchmarks.capacity.scale import Scale
from benchmarks.client import sample
from benchmarks.growth import by_workers
from benchmarks.measure import Drive, Figures, Load, measure
from benchmarks.servers import Program, Server, running, service
from benchmarks.sessions import ALGORITHMS, EMPTY_OBJECT, Sessions, make_key, write_keys
from tests.support.valkey import Valkey

SHARED = "EdDSA, shared limits"
REFRESHED = b"refreshAuthSession"  # in each log line of a refresh


def refreshes(scale: Scale, drive: Drive, cores: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for algorithm in ALGORITHMS:
        load = Load(Sessions.make(make_key(algorithm)), drive, scale.rounds, scale.seconds)
        found |= _one_worker(algorithm, load, cores)
    load = Load(Sessions.make(make_key("EdDSA")), drive, scale.rounds, scale.seconds)
    two = by_workers(load, cores)[-1]
    return {"one_worker": found, "second_worker": {**_numbers(two.figures), "ratios": two.ratios}}


def _one_worker(algorithm: str, load: Load, cores: Sequence[int]) -> dict[str, Any]:
    """With EdDSA one more, which counts in a Valkey; both in the same rounds."""
    with ExitStack() as stack:
        valkey = stack.enter_context(served(Valkey()))
        programs = {algorithm: service()}
        if algorithm == "EdDSA":
            programs[SHARED] = _with(service(), SESSION_REFRESH_RATE_LIMIT_URL=valkey.url)
        states = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in programs]
        servers = []
        for program, state in zip(programs.values(), states, strict=True):
            write_keys(state / "keys.json", load.sessions.jwk)
            servers.append(stack.enter_context(running(program, state, {cores[0]})))
        before = _valkey(valkey)
        figures = measure(servers, load)[EMPTY_OBJECT]
        spent = [now - then for now, then in zip(_valkey(valkey), before, strict=True)]
        found = {}
        for name, own, server, state in zip(programs, figures, servers, states, strict=True):
            lines = (state / f"{own.name}.log").read_bytes().splitlines()
            ((_, answer),) = sample(server.port, load.sessions.requests[EMPTY_OBJECT], 1)
            found[name] = _numbers(own) | {
                "log_line_bytes": median(len(line) + 1 for line in lines if REFRESHED in line),
                "request_bytes": len(load.sessions.requests[EMPTY_OBJECT][0]),
                "response_bytes": len(answer),
            }
            if name == SHARED:
                counted = sum(REFRESHED in line for line in lines)
                found[name] |= {"commands_each": spent[0] / counted, "valkey_cpu_us": spent[1] / counted * 1e6}
        return found


def _with(program: Program, **variables: str) -> Program:
    return replace(program, variables=program.variables | variables)


def _valkey(valkey: Valkey) -> tuple[float, float]:
    """Commands that it has processed, and CPU seconds."""
    assert valkey.process is not None
    found = re.search(rb"total_commands_processed:(\d+)", valkey.ask("INFO", "stats"))
    assert found is not None
    return int(found[1]), Server("valkey", valkey.port, valkey.process.pid).cpu_seconds()


def _numbers(own: Figures) -> dict[str, Any]:
    return {
        "requests_per_second": own.rate,
        "cpu_us": own.cpu,  # milliseconds for 1,000 are microseconds for one
        "p50_ms": own.p50,
        "p99_ms": own.p99,
        "server_busy": own.server_busy,
        "range": [min(each.rate for each in own.slices), max(each.rate for each in own.slices)],
        "cpu_range": [min(each.cpu for each in own.slices), max(each.cpu for each in own.slices)],
    }
