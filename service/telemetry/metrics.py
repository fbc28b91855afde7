"""The metrics, in Prometheus' text format, summed over all workers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5)


def share_between_workers(workers: int) -> Callable[[], None] | None:
    """Makes the folder in which several workers count, and returns a function that removes it.

    One worker counts in memory: None. Must be called before prometheus_client is imported for the first time, because
    that decides at import where it counts.
    """
    for name in (DIRECTORY, DIRECTORY.lower()):
        os.environ.pop(name, None)  # set for another program
    if workers == 1:
        return None
    folder = tempfile.mkdtemp(prefix="session-refresh-metrics-")
    os.environ[DIRECTORY] = folder
    return lambda: shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class Metrics:
    """Measures responses, counts refusals, and shows the state of what the service depends on."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]  # as across workers, which have none
        self._registry = CollectorRegistry()
        self._responses = Histogram(
            "session_refresh_response_seconds",
            "Seconds from the complete request to the response handed over, by route and status; _count counts them.",
            ["route", "status"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._refusals = Counter(
            "session_refresh_refusals", "Refused requests, by reason.", ["reason"], registry=self._registry
        )
        self._staleness = Gauge(
            "session_refresh_store_staleness_seconds",
            "Seconds since a worker last read the store; the largest of all workers.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._revocations = Gauge(
            "session_refresh_revocations",
            "Revocations that a worker holds in memory.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._local_limits = Gauge(
            "session_refresh_local_limits",
            "1 while a worker counts rate limits locally because the shared store does not answer.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._dropped_lines = Counter(
            "session_refresh_log_lines_dropped",
            "Log lines that could not be written: nobody reads them, or the disk is full.",
            registry=self._registry,
        )
        self._dropped = 0
        self._children: dict[tuple[str, int], Histogram] = {}

    def observe(self, route: str, status: int, seconds: float, reason: str) -> None:
        """Counts one response."""
        child = self._children.get((route, status))
        if child is None:
            child = self._children[route, status] = self._responses.labels(route, str(status))
        child.observe(seconds)
        if reason:
            self._refusals.labels(reason).inc()

    def state(self, staleness: float, revocations: int, local_limits: bool, dropped_lines: int) -> None:
        """Shows the state of this worker. `dropped_lines` is the total so far."""
        self._staleness.set(min(staleness, 1e9))
        self._revocations.set(revocations)
        self._local_limits.set(local_limits)
        self._dropped_lines.inc(dropped_lines - self._dropped)
        self._dropped = dropped_lines

    def text(self) -> bytes:
        """The metrics of all workers."""
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess

        if DIRECTORY not in os.environ:
            return generate_latest(self._registry)
        folder = Path(os.environ[DIRECTORY])
        for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")}:
            if not _runs(pid):
                with suppress(FileNotFoundError):  # another worker was asked at the same time
                    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # the state of a crashed worker
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
