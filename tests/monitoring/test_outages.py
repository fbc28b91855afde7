"""What breaks around the service: the alert for it fires, and no other."""

from __future__ import annotations

import os
import resource
import signal
import sys
from functools import partial

from tests.faults.test_log_reader import UnreadLog, flood
from tests.faults.test_workers import answers, is_replaced, workers_of
from tests.monitoring.conftest import SETTINGS
from tests.support.identity_provider import Endpoints
from tests.support.programs import crashing
from tests.support.providers import Keys
from tests.support.service import Service
from tests.support.service_log import ServiceLog
from tests.support.waiting import wait_for


def test_instances_that_stop(start, watch):
    """One of two is down; then there is none."""
    one = start(**SETTINGS)
    two = start(KEYS_FILE=str(one.keys_file), **SETTINGS)
    prometheus = watch(one, two)
    one.stop()
    prometheus.await_alerts("SessionRefreshDown")
    two.stop()
    prometheus.await_alerts("SessionRefreshDown", "SessionRefreshNoneUp")


def test_metrics_that_cannot_be_had(start, watch, use):
    """An instance whose /metrics is 503 counts as down: nobody would see what else is wrong with it."""
    service = start("--workers", "2", **SETTINGS)
    prometheus = watch(service)
    for pid in workers_of(service):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (8, resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]))
    prometheus.await_alerts("SessionRefreshDown", "SessionRefreshNoneUp")


def test_database_that_is_away(start, watch, use, postgresql, tmp_path):
    """Refreshes fail, statements are not taken; and the alerts end when the database is back."""
    keys_file = str(tmp_path / "keys.json")
    Service(tmp_path, KEYS_FILE=keys_file).cli("keys", "add")
    service = start(
        "--internal",
        "127.0.0.1:0",
        KEYS_FILE=keys_file,
        DATABASE_URL=postgresql.new_database(),
        MAX_STALENESS="2",
        **SETTINGS,
    )
    endpoints = Endpoints(service, Keys())
    endpoints.trust()
    prometheus = watch(service)
    use(service)
    postgresql.stop()
    wait_for(lambda: service.get("/readyz").status == 503, "the service to notice")
    assert endpoints.logout(endpoints.logouts.token()).status == 503
    prometheus.await_alerts(
        "SessionRefreshStoreUnavailable",
        "SessionRefreshStoreStale",
        "SessionRefreshFailing",
        "SessionRefreshStatementsNotTaken",
    )
    postgresql.start()
    ended = {"SessionRefreshStoreUnavailable", "SessionRefreshStoreStale"}
    wait_for(lambda: not prometheus.firing() & ended, "these alerts to end", 30)


def test_valkey_that_is_away(start, watch, use, valkey):
    """Refreshes go on."""
    service = start(RATE_LIMIT_URL=valkey.url, **SETTINGS)
    prometheus = watch(service)
    use(service)
    valkey.stop()
    prometheus.await_alerts("SessionRefreshLocalLimits")


def test_valkey_that_is_slow(start, watch, use, valkey):
    """Each refresh waits for it."""
    service = start(RATE_LIMIT_URL=valkey.url, **SETTINGS)
    prometheus = watch(service)
    use(service)

    def fired():
        valkey.ask("CLIENT", "PAUSE", "160", "ALL")  # less than what makes the service count by itself
        return "SessionRefreshSlow" in prometheus.fired()

    wait_for(fired, "SessionRefreshSlow to fire", 40)
    assert prometheus.fired() <= {"SessionRefreshSlow", "SessionRefreshLocalLimits"}


def test_log_that_nobody_reads(start, watch, tmp_path):
    """Lines are lost."""
    unread = UnreadLog(tmp_path)
    service = Service(tmp_path, LOG_FORMAT="json", **SETTINGS)
    service.log = ServiceLog(unread.path)
    service.start()
    try:
        prometheus = watch(service)
        flood(service)
        prometheus.await_alerts("SessionRefreshLogLinesDropped")
    finally:
        service.stop()
        unread.close()


def test_key_file_that_is_broken_and_workers_that_die(start, watch, use):
    """A worker that dies is replaced; with a broken key file it is not."""
    service = start("--workers", "2", **SETTINGS)
    service.wait_for_workers(2)
    prometheus = watch(service)
    pid = workers_of(service)[0]
    os.kill(pid, signal.SIGKILL)
    wait_for(partial(is_replaced, service, pid), "a new worker", 40)
    wait_for(lambda: answers(service), "somebody to serve", 40)
    wait_for(lambda: prometheus.firing() >= {"SessionRefreshWorkerRestarts"}, "the restart to be told", 30)
    wait_for(lambda: prometheus.firing() == {"SessionRefreshWorkerRestarts"}, "the new worker to be seen", 30)
    service.keys_file.write_text("no keys")
    wait_for(lambda: "SessionRefreshKeyFileUnusable" in prometheus.firing(), "the broken file to be told", 30)
    os.kill(workers_of(service)[0], signal.SIGKILL)
    prometheus.await_alerts(
        "SessionRefreshWorkerRestarts", "SessionRefreshKeyFileUnusable", "SessionRefreshWorkersMissing"
    )


def test_issuers_file_that_is_broken(start, watch, use):
    """It trusts nobody new meanwhile."""
    service = start(**SETTINGS)
    prometheus = watch(service)
    use(service)
    (service.state / "issuers.json").write_text("no issuers")
    prometheus.await_alerts("SessionRefreshIssuersFileUnusable")


def test_crash(start, watch, use):
    """A single 500 is told; when all refreshes fail, that is told as well."""
    service = start(command=[sys.executable, crashing.RUN, "late"], **SETTINGS)
    prometheus = watch(service)
    assert service.refresh(service.sign()).status == 500
    wait_for(lambda: "SessionRefreshCrash" in prometheus.fired(), "the crash to be told", 30)
    prometheus.await_alerts("SessionRefreshCrash", "SessionRefreshFailing")
