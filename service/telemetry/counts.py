"""What a worker counts. It only grows, and the counts of several workers are added."""

from __future__ import annotations

from typing import Any

BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5)


class Counts:
    """What is counted: responses by route and status, refusals by reason, and others. It only grows.

    `bindings` are of requests of sessions that were let through, by route and whether the session is bound to a device.
    """

    def __init__(self) -> None:
        self.responses: dict[
            tuple[str, int], list[float]
        ] = {}  # of each bucket, of those beyond, and the sum of seconds
        self.refusals: dict[str, int] = {}
        self.bindings: dict[tuple[str, str], int] = {}
        self.crashes = 0
        self.restarts = 0  # of workers
        self.dropped_lines = 0

    def response(self, route: str, status: int) -> list[float]:
        """The counts of one route and status."""
        counts = self.responses.get((route, status))
        if counts is None:
            counts = self.responses[route, status] = [0.0] * (len(BUCKETS) + 2)
        return counts

    def refuse(self, reason: str, number: int = 1) -> None:
        """Counts refusals."""
        self.refusals[reason] = self.refusals.get(reason, 0) + number

    def let_through(self, route: str, binding: str, number: int = 1) -> None:
        """Counts requests of sessions that are bound, or not."""
        self.bindings[route, binding] = self.bindings.get((route, binding), 0) + number

    def dump(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "responses": [[*key, counts] for key, counts in self.responses.items()],
            "refusals": self.refusals,
            "bindings": [[*key, number] for key, number in self.bindings.items()],
            "crashes": self.crashes,
            "restarts": self.restarts,
            "dropped_lines": self.dropped_lines,
        }

    def add(self, dumped: dict[str, Any]) -> None:
        """Adds the counts of another worker, as dump() gave them."""
        for route, status, more in dumped["responses"]:
            counts = self.response(route, status)
            counts[:] = map(sum, zip(counts, more, strict=True))
        for reason, number in dumped["refusals"].items():
            self.refuse(reason, number)
        for route, binding, number in dumped["bindings"]:
            self.let_through(route, binding, number)
        self.crashes += dumped["crashes"]
        self.restarts += dumped["restarts"]
        self.dropped_lines += dumped["dropped_lines"]
