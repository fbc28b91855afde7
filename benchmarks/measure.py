"""Interleaved rounds: every server in turn for a few seconds, again and again, so that noise meets all alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.client import Run, drive
from benchmarks.servers import Server
from benchmarks.sessions import Sessions


@dataclass(frozen=True)
class Load:
    """How a measurement is driven."""

    sessions: Sessions
    rounds: int
    seconds: float
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


def measure(servers: Sequence[Server], load: Load) -> list[Figures]:
    """The figures of each server, in the order given."""
    slices: list[list[Slice]] = [[] for _ in servers]
    for server in servers:
        _drive(server, load, seconds=1.0)
    for turn in range(load.rounds):
        for step in range(len(servers)):
            place = (turn + step) % len(servers)  # nobody always runs after the same neighbour
            slices[place].append(_slice(servers[place], load))
    return [Figures(server.name, its, server.peak_memory()) for server, its in zip(servers, slices, strict=True)]


def _slice(server: Server, load: Load) -> Slice:
    before = server.cpu_seconds()
    run = _drive(server, load, load.seconds)
    cpu = server.cpu_seconds() - before
    return Slice(
        rate=run.rate,
        p50=run.percentile(0.50),
        p99=run.percentile(0.99),
        cpu=cpu * 1e6 / run.answered,
        server_busy=cpu / run.seconds,
        generator_busy=run.generator_busy,
    )


def _drive(server: Server, load: Load, seconds: float) -> Run:
    run = drive(server.port, load.sessions.requests, load.connections, seconds)
    load.sessions.check(run.samples)
    return run
