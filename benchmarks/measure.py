"""Interleaved rounds: every server in turn for a few seconds, again and again, so that noise meets all alike."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.client import Run, sample
from benchmarks.servers import Server
from benchmarks.sessions import EMPTY_OBJECT, Sessions

WARM_UP = 1  # second
SAMPLE = 10  # whole answers that are checked before each slice, and again after it

Drive = Callable[[int, Sequence[bytes], int, int], Run]  # port, requests, connections, seconds


@dataclass(frozen=True)
class Load:
    """How a measurement is driven."""

    sessions: Sessions
    drive: Drive
    rounds: int
    seconds: int
    connections: int = 16


@dataclass(frozen=True)
class Slice:
    """One server in one round."""

    rate: float
    p50: float  # milliseconds
    p99: float
    cpu: float  # milliseconds of the server's processes per 1,000 requests
    server_busy: float  # cores' worth of time that its processes had
    generator_busy: float


@dataclass(frozen=True)
class Figures:
    """One server over all rounds. Every figure is the median of the rounds'."""

    name: str
    slices: list[Slice]
    peak_memory: float  # MiB

    def median(self, figure: Callable[[Slice], float]) -> float:
        return median(map(figure, self.slices))

    @property
    def rate(self) -> float:
        return self.median(lambda each: each.rate)

    @property
    def p50(self) -> float:
        return self.median(lambda each: each.p50)

    @property
    def p99(self) -> float:
        return self.median(lambda each: each.p99)

    @property
    def cpu(self) -> float:
        return self.median(lambda each: each.cpu)

    @property
    def server_busy(self) -> float:
        return self.median(lambda each: each.server_busy)

    @property
    def generator_busy(self) -> float:
        return max(each.generator_busy for each in self.slices)

    def ratios(self, reference: "Figures", figure: Callable[[Slice], float]) -> list[float]:
        """Round by round against the reference in the same round, smallest first."""
        rounds = zip(self.slices, reference.slices, strict=True)
        return sorted(figure(own) / figure(its) for own, its in rounds)


def measure(servers: Sequence[Server], load: Load, bodies: Sequence[str] = (EMPTY_OBJECT,)) -> dict[str, list[Figures]]:
    """For each body, the figures of each server, in the order given."""
    slices: dict[str, list[list[Slice]]] = {body: [[] for _ in servers] for body in bodies}
    for server, body in itertools.product(servers, bodies):
        _drive(server, load, body, WARM_UP)
    for turn in range(load.rounds):
        for step in range(len(servers)):
            place = (turn + step) % len(servers)  # nobody always runs after the same neighbour
            for body in bodies if turn % 2 == 0 else reversed(bodies):
                slices[body][place].append(one_slice(servers[place], load, body))
    return {
        body: [
            Figures(server.name, its, server.peak_memory()) for server, its in zip(servers, slices[body], strict=True)
        ]
        for body in bodies
    }


def one_slice(server: Server, load: Load, body: str) -> Slice:
    """One server under that load for its share of a round."""
    _check(server, load, body)
    before = server.cpu_seconds()
    run = _drive(server, load, body, load.seconds)
    cpu = server.cpu_seconds() - before
    _check(server, load, body)
    return Slice(
        rate=run.rate,
        p50=run.p50,
        p99=run.p99,
        cpu=cpu * 1e6 / run.answered,
        server_busy=cpu / run.seconds,
        generator_busy=run.generator_busy,
    )


def _drive(server: Server, load: Load, body: str, seconds: int) -> Run:
    run = load.drive(server.port, load.sessions.requests[body], load.connections, seconds)
    load.sessions.check(run.samples)
    return run


def _check(server: Server, load: Load, body: str) -> None:
    load.sessions.check(sample(server.port, load.sessions.requests[body], SAMPLE))
