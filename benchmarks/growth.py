"""How the service behaves as it grows: more connections, more revocations, more workers."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from benchmarks.measure import Figures, Load, measure
from benchmarks.servers import PROGRAMS, REFERENCE, Program, Server, running, service
from benchmarks.sessions import EMPTY_OBJECT, Sessions, write_keys
from security.revocations import NOW, Revocation
from service.state.audit import REVOKE, AuditRecord
from service.state.store import Store
from tests.support.program import pinned

CONNECTIONS = (1, 4, 16, 64, 256)
REVOCATIONS = (0, 10_000, 100_000, 1_000_000)
PROVIDER_REVOCATIONS = (0, 1_000_000)
WORKERS = (1, 2)
IDP = "https://idp.example.com"
BATCH = 50_000  # revocations a transaction
MANY = 64  # connections, so that each of several workers has its share of them

Revoke = Callable[[int], Revocation]


@dataclass(frozen=True)
class Point:
    """The service at one size, and its throughput as a share of what it is compared with."""

    size: int
    figures: Figures
    ratios: list[float]


@dataclass(frozen=True)
class Growth:
    connections: list[Point]  # against the reference at the same number
    revocations: list[Point]  # against the service without any
    provider_revocations: list[Point]  # too, by the sessions of an identity provider
    workers: list[Point]  # against the service with one
    cores_shared: bool  # with the load generator, by the servers with the most workers


def growth(load: Load, cores: Sequence[int]) -> Growth:
    """`cores` are those of the machine: the load generator runs on the last one."""
    return Growth(
        connections=by_connections(load, {cores[0]}),
        revocations=by_revocations(load, {cores[0]}, REVOCATIONS, of_operators),
        provider_revocations=by_revocations(
            replace(load, sessions=Sessions.make(load.sessions.jwk, idp_iss=IDP, idp_sid="goes on")),
            {cores[0]},
            PROVIDER_REVOCATIONS,
            of_the_provider,
        ),
        workers=by_workers(load, cores),
        cores_shared=len(cores) <= max(WORKERS),
    )


def by_connections(load: Load, cores: Set[int]) -> list[Point]:
    points = []
    with (
        started(service(), load, cores) as server,
        started(PROGRAMS[REFERENCE], load, cores) as reference,
    ):
        for connections in CONNECTIONS:
            own, its = measure([server, reference], replace(load, connections=connections))[EMPTY_OBJECT]
            points.append(Point(connections, own, own.ratios(its, lambda each: each.rate)))
    return points


def of_operators(number: int) -> Revocation:
    """A session, by its own id."""
    return Revocation(NOW, f"revoked_{number:016d}")


def of_the_provider(number: int) -> Revocation:
    """Sessions that came from one of the provider's."""
    return Revocation(NOW, idp_issuer=IDP, idp_session=f"revoked_{number:016d}")


def by_revocations(load: Load, cores: Set[int], sizes: Sequence[int], one: Revoke) -> list[Point]:
    """With `sizes` revocations, each as `one` makes it; none of them of a session that is measured."""
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(started(service(), load, cores, map(one, range(number)) if number else None))
            for number in sizes
        ]
        return _points(sizes, measure(servers, load)[EMPTY_OBJECT])


def by_workers(load: Load, cores: Sequence[int]) -> list[Point]:
    """With too few cores for all, all share all of them: the generator takes its part from the servers."""
    free = set(cores[: max(WORKERS)])
    generator = set(cores) - free or set(cores)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(started(service(workers), load, free)) for workers in WORKERS]
        with pinned(generator):
            return _points(WORKERS, measure(servers, replace(load, connections=MANY))[EMPTY_OBJECT])


def _points(sizes: Sequence[int], figures: Sequence[Figures]) -> list[Point]:
    smallest = figures[0]
    return [
        Point(size, own, own.ratios(smallest, lambda each: each.rate)) for size, own in zip(sizes, figures, strict=True)
    ]


@contextlib.contextmanager
def started(
    program: Program, load: Load, cores: Set[int], revocations: Iterator[Revocation] | None = None
) -> Iterator[Server]:
    """The program with a state directory of its own."""
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        write_keys(state / "keys.json", load.sessions.jwk)
        if revocations:
            asyncio.run(_revoke(f"sqlite:///{state / 'state.db'}", revocations))
        with running(program, state, cores) as server:
            yield server


async def _revoke(url: str, revocations: Iterator[Revocation]) -> None:
    store = Store(url)
    await store.prepare()
    record = AuditRecord(REVOKE, "sessions", "benchmark")
    while batch := list(islice(revocations, BATCH)):
        await store.revoke(batch, record)
    await store.close()
