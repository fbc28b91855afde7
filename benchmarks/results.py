"""The figures for programs: results.json."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.crowds import BUSY, CLIENTS, SECONDS, Crowds
from benchmarks.environment import environment
from benchmarks.growth import Growth, Point
from benchmarks.measure import Figures
from benchmarks.report import Results, ratio, reference
from benchmarks.statements import Statements
from benchmarks.verification import Verification


def document(
    results: Results,
    verifications: Mapping[str, Verification],
    statements: Statements | None,
    growth: Growth | None,
    crowds: Crowds | None,
    load: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        **environment(),
        "load": dict(load),
        "algorithms": {
            algorithm: {body: [_server(own, figures) for own in figures] for body, figures in by_body.items()}
            for algorithm, by_body in results.items()
        },
        "verification": {algorithm: _verification(measured) for algorithm, measured in verifications.items()},
        "statements": statements and _statements(statements),
        "growth": growth
        and {
            "connections": list(map(_point, growth.connections)),
            "revocations": list(map(_point, growth.revocations)),
            "provider_revocations": list(map(_point, growth.provider_revocations)),
            "workers": list(map(_point, growth.workers)),
            "cores_shared": growth.cores_shared,
        },
        "crowds": crowds and _crowds(crowds),
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


def _verification(measured: Verification) -> list[dict[str, Any]]:
    return [
        {
            **_numbers(own),
            "name": name,
            "ratio": round(median(measured.ratios(name)), 4),
            "ratios": [round(each, 3) for each in measured.ratios(name)],
            "cpu_ratio": round(measured.cpu_ratio(name), 3),
        }
        for name, own in measured.figures.items()
    ]


def _statements(measured: Statements) -> dict[str, Any]:
    return {
        "kinds": [
            {
                "name": kind,
                "statements_per_second": round(measured.median(kind, lambda each: each.rate)),
                "p50_ms": round(measured.median(kind, lambda each: each.p50), 1),
                "p99_ms": round(measured.median(kind, lambda each: each.p99), 1),
            }
            for kind in measured.taken
        ],
        "refreshes_beside_a_flood": [round(each, 3) for each in sorted(measured.flooded)],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "size": point.size,
        **_numbers(point.figures),
        "ratio": round(median(point.ratios), 4),
        "ratios": [round(each, 3) for each in point.ratios],
    }


def _crowds(crowds: Crowds) -> dict[str, Any]:
    return {
        "busy": {
            "connections": BUSY,
            "servers": [
                {**_numbers(own), "p99_by_p50": round(own.median(lambda each: each.p99 / each.p50), 2)}
                for own in crowds.busy
            ],
        },
        "first_answers": {
            "clients": CLIENTS,
            "waited_ms": SECONDS * 1e3,
            "servers": [
                {
                    "name": own.name,
                    "crowds": len(own.crowds),
                    "median_ms": _rounded(own.within(0.50)),
                    "p99_ms": _rounded(own.within(0.99)),
                    "worst_ms": _rounded(own.worst),
                    "none": own.unanswered,
                }
                for own in crowds.firsts
            ],
        },
        "spread": {
            "connections": CLIENTS,
            "servers": [
                {
                    "name": own.name,
                    "workers": own.workers,
                    "largest_by_fair_share": round(own.largest, 3),
                    "waiting": own.waiting,
                    "accepted": own.held,
                }
                for own in crowds.spread
            ],
        },
    }


def _rounded(milliseconds: float | None) -> float | None:
    return milliseconds if milliseconds is None else round(milliseconds, 1)
