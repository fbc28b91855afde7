"""Many connections: busy ones, those that all come at once, and how workers share them."""

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.client import percentile
from benchmarks.crowd_client import Crowd
from benchmarks.growth import MANY, started
from benchmarks.measure import Figures, Load, measure
from benchmarks.servers import PROGRAMS, REFERENCE, START_WITHIN, Server, python_peer, service
from benchmarks.sessions import EMPTY_OBJECT
from tests.support.processes import connections_held
from tests.support.program import DidNotStart, pinned

BUSY = 256  # connections
CLIENTS = 1_000
SECONDS = 6.0  # for which they go on asking
WORKERS = (2, 4)
SETTLED = 2.0  # seconds, after which it is counted which worker has which client


@dataclass(frozen=True)
class Firsts:
    """When clients that all connect at once had their first answers, in each of several crowds."""

    name: str
    crowds: list[list[float | None]]  # seconds, None for a client that had no answer

    @property
    def unanswered(self) -> int:
        return sum(each is None for crowd in self.crowds for each in crowd)

    def within(self, share: float) -> float | None:
        """Milliseconds in which that share of a crowd had its first answer: the median of the crowds.

        None where it took longer than the clients waited.
        """
        found = median(percentile(sorted(map(_or_never, crowd)), share) for crowd in self.crowds)
        return None if math.isinf(found) else found * 1e3

    @property
    def worst(self) -> float | None:
        found = max(_or_never(each) for crowd in self.crowds for each in crowd)
        return None if math.isinf(found) else found * 1e3


def _or_never(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds


@dataclass(frozen=True)
class Spread:
    """How many of a crowd's connections each worker had accepted, most first, in each of several crowds."""

    name: str
    workers: int
    held: list[list[int]]

    @property
    def largest(self) -> float:
        """The largest worker's part of a crowd against a fair one, which is 1: the median of the crowds."""
        return median(crowd[0] * self.workers / sum(crowd) for crowd in self.held)

    @property
    def waiting(self) -> float:
        """Those that no worker had accepted yet: the median of the crowds."""
        return median(CLIENTS - sum(crowd) for crowd in self.held)


@dataclass(frozen=True)
class Crowds:
    busy: list[Figures]
    firsts: list[Firsts]
    spread: list[Spread]


def crowds(load: Load, cores: Sequence[int]) -> Crowds:
    """`cores` are those of the machine: the load generator runs on the last one."""
    times = max(1, load.rounds // 3)
    with (
        started(service(), load, {cores[0]}) as server,
        started(PROGRAMS[REFERENCE], load, {cores[0]}) as reference,
    ):
        servers = [server, reference]
        busy = measure(servers, replace(load, connections=BUSY))[EMPTY_OBJECT]
        found: dict[str, list[list[float | None]]] = {each.name: [] for each in servers}
        for _ in range(times):
            for each in servers:
                found[each.name].append(first_answers(each, load))
    firsts = [Firsts(name, its) for name, its in found.items()]
    return Crowds(busy, firsts, [each for workers in WORKERS for each in spread(workers, load, cores, times)])


def first_answers(server: Server, load: Load) -> list[float | None]:
    with closing(Crowd(server.port, load.sessions.requests[EMPTY_OBJECT], CLIENTS)) as crowd:
        found = crowd.ask(SECONDS)
    load.sessions.check(crowd.samples)
    return found


def spread(workers: int, load: Load, cores: Sequence[int], times: int) -> list[Spread]:
    """With too few cores for all, all share all of them, the generator too."""
    free = set(cores[:workers])
    found = []
    for program in (service(workers), python_peer(REFERENCE, workers)):
        with started(program, load, free) as server, pinned(set(cores) - free or set(cores)):
            _wait_for_all(workers, server, load)
            found.append(Spread(program.name, workers, [_held(server, load, CLIENTS) for _ in range(times)]))
    return found


def _wait_for_all(workers: int, server: Server, load: Load) -> None:
    """A program is ready as soon as its first worker is."""
    deadline = time.monotonic() + START_WITHIN
    while len(_held(server, load, MANY)) < workers:
        if time.monotonic() > deadline:
            raise DidNotStart(f"{server.name}: of {workers} workers not all have connections")


def _held(server: Server, load: Load, clients: int) -> list[int]:
    """How many connections of a crowd each of the server's processes has that has any, most first."""
    with closing(Crowd(server.port, load.sessions.requests[EMPTY_OBJECT], clients)) as crowd:
        crowd.ask(SETTLED)
        held = connections_held(server.port, server.processes())
        return sorted(filter(None, held.values()), reverse=True)
