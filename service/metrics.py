"""The metrics, in Prometheus' text format, right across all workers of a process group."""

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
    """Makes the folder that several workers count in; returns what removes it again. One worker counts in memory.

    Must come before the first import of prometheus_client, which decides at import where it counts.
    """
    for name in (DIRECTORY, DIRECTORY.lower()):
        os.environ.pop(name, None)  # another program's
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
    """Times answers, counts refusals, and shows the state of what the service depends on."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]  # as across workers, which have none
        self._registry = CollectorRegistry()
        self._answers = Histogram(
            "session_refresh_answer_seconds",
            "Seconds from the head read to the answer handed over, by route and status; _count counts the answers.",
            ["route", "status"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._refusals = Counter(
            "session_refresh_refusals", "Requests without success, by reason.", ["reason"], registry=self._registry
        )
        self._staleness = Gauge(
            "session_refresh_store_staleness_seconds",
            "Seconds since a worker last read the store; the worst of them.",
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
            "1 while a worker counts rate limits alone because the shared store is away.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._children: dict[tuple[str, int], Histogram] = {}

    def answered(self, route: str, status: int, seconds: float, reason: str) -> None:
        """Counts one answer."""
        child = self._children.get((route, status))
        if child is None:
            child = self._children[route, status] = self._answers.labels(route, str(status))
        child.observe(seconds)
        if reason:
            self._refusals.labels(reason).inc()

    def state(self, staleness: float, revocations: int, local_limits: bool) -> None:
        """Shows this worker's state."""
        self._staleness.set(min(staleness, 1e9))
        self._revocations.set(revocations)
        self._local_limits.set(local_limits)

    def text(self) -> bytes:
        """All metrics of all workers."""
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess

        if DIRECTORY not in os.environ:
            return generate_latest(self._registry)
        folder = Path(os.environ[DIRECTORY])
        for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")}:
            if not _runs(pid):
                with suppress(FileNotFoundError):  # another worker was asked, too
                    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # a crashed worker's state
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
