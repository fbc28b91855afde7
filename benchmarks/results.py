"""The figures for programs: results.json."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.environment import environment
from benchmarks.growth import Growth, Point
from benchmarks.measure import Figures
from benchmarks.report import Results, ratio, reference


def document(results: Results, growth: Growth | None, load: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **environment(),
        "load": dict(load),
        "algorithms": {
            algorithm: {body: [_server(own, figures) for own in figures] for body, figures in by_body.items()}
            for algorithm, by_body in results.items()
        },
        "growth": growth
        and {
            "connections": list(map(_point, growth.connections)),
            "revocations": list(map(_point, growth.revocations)),
            "workers": list(map(_point, growth.workers)),
            "cores_shared": growth.cores_shared,
        },
    }


def _server(own: Figures, figures: Sequence[Figures]) -> dict[str, Any]:
    return {
        **_numbers(own),
        "ratio": round(ratio(own, figures), 4),
        "ratios": [round(each, 3) for each in own.ratios(reference(figures), lambda s: s.rate)],
        "p99_ratio": round(median(own.ratios(reference(figures), lambda s: s.p99)), 3),
        "cpu_ratio": round(median(own.ratios(reference(figures), lambda s: s.cpu)), 3),
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
