"""/metrics over several workers: nothing on a disk, and nothing that fails there, concerns it."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from functools import partial

import pytest

from tests.faults.test_workers import answers, is_replaced, workers_of
from tests.http.test_metrics import COUNT, counted
from tests.support.assertions import assert_problem
from tests.support.waiting import wait_for

LABELS = {"route": "refreshAuthSession", "status": "200"}


@pytest.fixture
def service(start, tmp_path, monkeypatch):
    """Two workers, whose folder for temporary files is our own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    running = start("--workers", "2", METRICS="true", RATE_LIMIT="100000/minute")
    running.wait_for_workers(2)
    return running


def refresh(service, token, times):
    assert [service.refresh(token).status for _ in range(times)] == [200] * times


def test_cleaner_of_temporary_files_reaches_nothing(service, tmp_path):
    """With the folder's files removed, and the folder too, all is counted, by workers that are replaced as well."""
    token = service.sign()
    refresh(service, token, 30)
    for file in (tmp_path / "tmp").rglob("*.db"):
        file.unlink()
    refresh(service, token, 30)
    shutil.rmtree(tmp_path / "tmp")
    refresh(service, token, 30)
    wait_for(lambda: counted(service, COUNT, **LABELS) == 90, "all to be counted")
    for pid in workers_of(service):
        os.kill(pid, signal.SIGKILL)
        wait_for(partial(is_replaced, service, pid), "a new worker", 40)
        wait_for(lambda: answers(service), "somebody to serve", 40)
    assert counted(service, COUNT, **LABELS) == 90
    refresh(service, token, 30)
    assert {counted(service, COUNT, **LABELS) for _ in range(20)} == {120}
    assert "Traceback" not in service.log.text()


def test_nothing_is_left_in_folders_that_all_share(service, tmp_path):
    """Neither temporary files nor POSIX shared memory: there is nothing to clean up, after kill -9 either."""
    refresh(service, service.sign(), 3)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [name for name in os.listdir("/dev/shm") if "session-refresh" in name] == []


def test_worker_that_is_killed_takes_no_shown_count_with_it(service):
    """What /metrics has shown never goes back."""
    token = service.sign()
    shown = 0.0
    for pid in workers_of(service):
        refresh(service, token, 20)
        shown = counted(service, COUNT, **LABELS)
        os.kill(pid, signal.SIGKILL)
        for _ in range(20):
            if answers(service):
                assert counted(service, COUNT, **LABELS) >= shown
        wait_for(partial(is_replaced, service, pid), "a new worker", 40)


def test_shortage_is_told_and_kills_nobody(service):
    """While nothing can be written, refreshes get 200 and /metrics 503, which is no wrong number. Afterwards all is there."""
    token = service.sign()
    refresh(service, token, 10)
    workers = workers_of(service)
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in workers}
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (8, limits[pid][1]))
    refresh(service, token, 10)
    assert_problem(service.get("/metrics"), 503)
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits[pid])
    wait_for(lambda: counted(service, COUNT, **LABELS) == 20, "all to be counted")
    assert workers_of(service) == workers
