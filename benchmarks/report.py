"""The figures for people (a table on the terminal) and for programs (results.json)."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.growth import Growth, Point
from benchmarks.measure import Figures
from benchmarks.servers import REFERENCE

PACKAGES = (
    "session-refresh",
    "uvicorn",
    "uvloop",
    "httptools",
    "connexion",
    "starlette",
    "fastapi",
    "pyjwt",
    "cryptography",
)
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

Results = Mapping[str, Sequence[Figures]]


def environment() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {
            "python": platform.python_version(),
            **{package: found for package in PACKAGES if (found := _version(package))},
            **_node(),
        },
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _node() -> dict[str, str]:
    if shutil.which("node") is None:
        return {}
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    lock = json.loads((Path(__file__).parent / "peers/fastify/package-lock.json").read_text())
    packages = {name: lock["packages"][f"node_modules/{name}"]["version"] for name in ("fastify", "fast-jwt")}
    return {"node": node.stdout.strip().removeprefix("v"), **packages}


def reference(figures: Sequence[Figures]) -> Figures:
    return next(each for each in figures if each.name == REFERENCE)


def ratio(own: Figures, figures: Sequence[Figures]) -> float:
    return median(own.ratios(reference(figures), lambda each: each.rate))


def table(algorithm: str, figures: Sequence[Figures]) -> str:
    base = reference(figures)
    lines = [
        f"{algorithm:30}{'requests/s':>12}{'× ref.':>8}{'(range)':>13}{'p50 ms':>8}{'p99 ms':>8}"
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


def document(
    results: Results, growth: Growth | None, generator_limit: float, load: Mapping[str, Any]
) -> dict[str, Any]:
    """What is written to results.json."""
    return {
        **environment(),
        "load": dict(load),
        "generator_limit": round(generator_limit),
        "algorithms": {
            algorithm: [
                {
                    **_numbers(own),
                    "ratio": round(ratio(own, figures), 4),
                    "ratios": [round(each, 3) for each in own.ratios(reference(figures), lambda s: s.rate)],
                    "p99_ratio": round(median(own.ratios(reference(figures), lambda s: s.p99)), 3),
                    "cpu_ratio": round(median(own.ratios(reference(figures), lambda s: s.cpu)), 3),
                }
                for own in figures
            ]
            for algorithm, figures in results.items()
        },
        "growth": growth
        and {
            "connections": list(map(_point, growth.connections)),
            "revocations": list(map(_point, growth.revocations)),
            "workers": list(map(_point, growth.workers)),
            "cores_shared": growth.cores_shared,
        },
    }


def _numbers(own: Figures) -> dict[str, Any]:
    return {
        "name": own.name,
        "requests_per_second": round(own.rate),
        "p50_ms": round(own.p50, 3),
        "p99_ms": round(own.p99, 3),
        "peak_memory_mib": round(own.peak_memory, 1),
        "cpu_ms_per_1000_requests": round(own.cpu, 2),
        "server_busy": round(own.server_busy, 2),
        "generator_busy": round(own.generator_busy, 2),
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "size": point.size,
        **_numbers(point.figures),
        "ratio": round(median(point.ratios), 4),
        "ratios": [round(each, 3) for each in point.ratios],
    }
