"""The figures for people: tables on the terminal."""

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.crowds import BUSY as BUSY_CONNECTIONS
from benchmarks.crowds import CLIENTS, SECONDS, Crowds
from benchmarks.growth import Growth, Point
from benchmarks.measure import Figures
from benchmarks.servers import REFERENCE
from benchmarks.sessions import EMPTY_OBJECT
from benchmarks.statements import Statements
from benchmarks.verification import Verification

LABELS = {
    "session-refresh": "this service",
    "bare": "bare ASGI + PyJWT (reference)",
    "starlette": "Starlette",
    "fastapi": "FastAPI",
    "connexion": "connexion",
    "fastify": "Fastify + fast-jwt",
    "fastify-featured": "Fastify, same features",
}


SATURATED = 0.9
BUSY = 0.8

Results = Mapping[str, Mapping[str, Sequence[Figures]]]  # by algorithm and body


def reference(figures: Sequence[Figures]) -> Figures:
    return next(each for each in figures if each.name == REFERENCE)


def ratio(own: Figures, figures: Sequence[Figures]) -> float:
    return median(own.ratios(reference(figures), lambda each: each.rate))


def table(algorithm: str, body: str, figures: Sequence[Figures]) -> str:
    base = reference(figures)
    title = f"{algorithm}, body {body}" if body == EMPTY_OBJECT else f"{algorithm}, no body"
    lines = [
        f"{title:30}{'requests/s':>12}{'× ref.':>8}{'(range)':>13}{'p50 ms':>8}{'p99 ms':>8}"
        f"{'× ref.':>8}{'MiB':>6}{'CPU ms/1000':>13}{'× ref.':>8}"
    ]
    for own in sorted(figures, key=lambda each: -ratio(each, figures)):
        ratios = own.ratios(base, lambda each: each.rate)
        spread = f"({ratios[0]:.2f}–{ratios[-1]:.2f})"
        p99 = median(own.ratios(base, lambda each: each.p99))
        cpu = median(own.ratios(base, lambda each: each.cpu))
        lines.append(
            f"{LABELS[own.name]:30}{own.rate:12,.0f}{median(ratios):8.2f}{spread:>13}{own.p50:8.2f}"
            f"{own.p99:8.2f}{p99:8.2f}{own.peak_memory:6.0f}{own.cpu:13.1f}{cpu:8.2f}"
        )
    return "\n".join([*lines, *_disturbed(figures)])


def _disturbed(figures: Sequence[Figures]) -> list[str]:
    """A saturated server has its core to itself, and a generator that is no bottleneck has time left."""
    return [
        f"{LABELS[own.name]}: had {own.server_busy:.0%} of a core: something else ran, trust the CPU column"
        for own in figures
        if own.server_busy < SATURATED
    ] + [
        f"{LABELS[own.name]}: the load generator was busy {own.generator_busy:.0%} of a round"
        for own in figures
        if own.generator_busy > BUSY
    ]


def growth_table(growth: Growth) -> str:
    shared = ""
    if growth.cores_shared:
        one, most = growth.workers[0].figures, growth.workers[-1]
        free = most.size * one.cpu / most.figures.cpu
        shared = (
            f" (the load generator shares their cores: a lower bound; by CPU time a request {free:.2f} with all free)"
        )
    return "\n\n".join(
        [
            _points("connections, against the reference with as many", growth.connections),
            _points("revocations, against none", growth.revocations),
            _points("revocations by an identity provider, against none", growth.provider_revocations),
            _points(f"workers, against one{shared}", growth.workers),
        ]
    )


def _points(title: str, points: Sequence[Point]) -> str:
    lines = [
        title,
        f"{'':12}{'requests/s':>11}{'ratio':>8}{'p50 ms':>8}{'p99 ms':>8}{'MiB':>6}{'CPU ms/1000':>13}{'cores':>7}",
    ]
    for point in points:
        its = point.figures
        lines.append(
            f"{point.size:12,}{its.rate:11,.0f}{median(point.ratios):8.2f}"
            f"{its.p50:8.2f}{its.p99:8.2f}{its.peak_memory:6.0f}{its.cpu:13.1f}{its.server_busy:7.2f}"
        )
    return "\n".join(lines)


def verification_table(algorithm: str, measured: Verification) -> str:
    lines = [
        f"{f'{algorithm}, at one service':30}{'requests/s':>12}{'× refresh':>11}{'(range)':>13}{'CPU ms/1000':>13}{'less':>7}"
    ]
    for name, own in measured.figures.items():
        ratios = measured.ratios(name)
        spread = f"({ratios[0]:.2f}–{ratios[-1]:.2f})"
        lines.append(
            f"{name:30}{own.rate:12,.0f}{median(ratios):11.2f}{spread:>13}{own.cpu:13.1f}{measured.cpu_ratio(name):7.2f}"
        )
    return "\n".join(lines)


def statements_table(measured: Statements) -> str:
    lines = [f"{'statements, each once':30}{'a second':>12}{'p50 ms':>9}{'p99 ms':>9}"]
    lines += [
        f"{kind:30}{measured.median(kind, lambda each: each.rate):12,.0f}"
        f"{measured.median(kind, lambda each: each.p50):9,.0f}{measured.median(kind, lambda each: each.p99):9,.0f}"
        for kind in measured.taken
    ]
    low, *_, high = flooded = sorted(measured.flooded)
    lines.append(f"refreshes beside a flood of bad ones: {median(flooded):.2f} of those without ({low:.2f}–{high:.2f})")
    return "\n".join(lines)


def crowds_table(crowds: Crowds) -> str:
    lines = [f"{BUSY_CONNECTIONS} busy connections{'':9}{'p50 ms':>10}{'p99 ms':>10}{'p99/p50':>10}"]
    lines += [
        f"{LABELS[own.name]:30}{own.p50:10.1f}{own.p99:10.1f}{own.median(lambda each: each.p99 / each.p50):10.2f}"
        for own in crowds.busy
    ]
    title = f"{CLIENTS:,} clients at once: first"
    lines += ["", f"{title:30}{'median ms':>10}{'p99 ms':>10}{'worst ms':>10}{'none':>7}"]
    lines += [
        f"{LABELS[own.name]:30}{_or_longer(own.within(0.50))}{_or_longer(own.within(0.99))}{_or_longer(own.worst)}"
        f"{own.unanswered:7,}"
        for own in crowds.firsts
    ]
    title = f"{CLIENTS:,} connections"
    lines += ["", f"{title:30}{'workers':>10}{'largest':>10}{'waiting':>10}   accepted by each"]
    lines += [
        f"{LABELS[own.name]:30}{own.workers:10}{own.largest:10.2f}{own.waiting:10,.0f}   {'; '.join(map(_listed, own.held))}"
        for own in crowds.spread
    ]
    return "\n".join(lines)


def _or_longer(milliseconds: float | None) -> str:
    return f"{f'> {SECONDS * 1e3:.0f}':>10}" if milliseconds is None else f"{milliseconds:10.0f}"


def _listed(held: Sequence[int]) -> str:
    return ", ".join(map(str, held))
