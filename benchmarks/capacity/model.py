"""What a deployment needs: what was measured, times what its users do. Arithmetic alone; the page tests use it, too."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DAY = 86_400
KEPT_SECONDS = 30 * DAY + 8 * 3_600 + 60  # MAX_SESSION_AGE, a cookie's life, twice the leeway: as by default
KEPT_IDLE_SECONDS = DAY + 8 * 3_600 + 60  # with an IDLE_TIMEOUT of a day or less
AUDIT_DAYS = 400

AT_WORK = 0.2  # of those who are signed in, at the busiest hour
REFRESH_EVERY = 300  # seconds, of one at work: between session-keeper's least (60) and its timer (900)
REVOKED_A_DAY = 0.1  # each user is revoked, mostly by signing out, once in ten days
PEAK = 5  # the busiest second of a day against the mean, for revocations
MEAN = 0.4  # the mean of a day against its busiest hour, for refreshes
USED = 0.5  # of a core at the peak: the other half is for a machine that fails, or is replaced

REPLICA_LIMIT = 10_000_000  # revocations in force: a minute of start, more than a gigabyte a worker

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A straight line through two measured sizes."""

    at: tuple[float, float]
    values: tuple[float, float]

    def __call__(self, size: float) -> float:
        (x1, x2), (y1, y2) = self.at, self.values
        return max(0.0, y1 + (y2 - y1) * (size - x1) / (x2 - x1))


def sizes_of(results: Results, database: str) -> list[Results]:
    return [each for each in results["sizes"] if each["database"] == database]


def line(results: Results, *path: str, database: str = "postgresql") -> Line:
    """How the figure at that path grows with the revocations."""
    first, *_, last = sizes_of(results, database)
    return Line((first["revocations"], last["revocations"]), (_figure(first, path), _figure(last, path)))


def _figure(size: Results, path: Sequence[str]) -> float:
    found: Any = size
    for name in path:
        found = found[name]
    return float(found)


@dataclass(frozen=True)
class Deployment:
    """So many signed-in users. Rates are those of the busiest hour."""

    users: int
    results: Results

    @property
    def refreshes(self) -> float:
        return self.users * AT_WORK / REFRESH_EVERY

    def cores(self, name: str) -> float:
        """Used to USED."""
        return self.refreshes * self._of(name, "cpu_us") / 1e6 / USED

    @property
    def workers(self) -> int:
        """On two machines at least, each with two at least."""
        return max(4, math.ceil(self.cores("EdDSA")))

    @property
    def network(self) -> float:
        """Bytes a second, both ways, without TLS and without what a browser adds."""
        return self.refreshes * (self._of("EdDSA", "request_bytes") + self._of("EdDSA", "response_bytes"))

    @property
    def log_a_day(self) -> float:
        return self.refreshes * MEAN * DAY * self._of("EdDSA", "log_line_bytes")

    @property
    def valkey_cores(self) -> float:
        return self.refreshes * self._of("EdDSA, shared limits", "valkey_cpu_us") / 1e6

    @property
    def revoked_a_day(self) -> float:
        return self.users * REVOKED_A_DAY

    @property
    def revoked_at_peak(self) -> float:
        """A second."""
        return self.revoked_a_day / DAY * PEAK

    def in_force(self, kept: float) -> float:
        return self.revoked_a_day * kept / DAY

    @property
    def audit_bytes(self) -> float:
        return float(self.revoked_a_day * AUDIT_DAYS * self.results["writes"]["bytes_each"]["audit"])

    def _of(self, name: str, figure: str) -> float:
        return float(self.results["refreshes"]["one_worker"][name][figure])
