"""A worker that dies is replaced, and workers end with their parent."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

from tests.support.dashboards import mint
from tests.support.processes import children
from tests.support.waiting import wait_for


def workers_of(service):
    """The processes that serve, without multiprocessing's own helper process."""
    return [pid for pid in children(service.process.pid) if "spawn_main" in command_line(pid)]


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def is_replaced(service, pid):
    workers = workers_of(service)
    return pid not in workers and len(workers) == 2


def test_killed_worker_is_replaced(start):
    """The new worker knows all revocations, and the other one serves meanwhile."""
    service = start("--workers", "2")
    (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
    service.cli("revoke", "--session", "s-2")
    wait_for(lambda: service.refresh(revoked).status == 401, "the revocation to be in force")
    before = workers_of(service)
    assert len(before) == 2
    for pid in before:
        os.kill(pid, signal.SIGKILL)
        wait_for(partial(is_replaced, service, pid), "a new worker", 40)
        wait_for(lambda: answers(service), "somebody to serve", 40)
    assert not set(before) & set(workers_of(service))
    assert service.refresh(token).status == 200
    assert service.refresh(revoked).status == 401
    assert service.stop() == 0


def test_replaced_worker_makes_no_lost_table_anew(start):
    """A worker that starts after the database was lost accepts no revoked session, and creates no tables."""
    service = start("--workers", "2", MAX_STALENESS="2")
    (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
    service.cli("revoke", "--session", "s-2")
    wait_for(lambda: {service.refresh(revoked).status for _ in range(8)} == {401}, "both workers to refuse")
    for file in service.state.glob("state.db*"):
        file.unlink()
    wait_for(lambda: {service.refresh(token).status for _ in range(8)} == {503}, "the bound to pass", 20)
    worker = workers_of(service)[0]
    os.kill(worker, signal.SIGKILL)
    wait_for(partial(is_replaced, service, worker), "a new worker", 40)
    wait_for(lambda: service.refresh(revoked).status == 503, "the new worker to answer", 20)
    assert {service.refresh(revoked).status for _ in range(30)} <= {401, 503}
    assert {service.refresh(token).status for _ in range(30)} == {503}


def test_worker_is_replaced_once_the_key_file_is_repaired(start):
    """While the key file is broken no worker can start: the other one serves, and the log tells why."""
    service = start("--workers", "2")
    service.wait_for_workers(2)
    token = service.login()
    path = service.state / "keys.json"
    whole = path.read_bytes()
    path.write_bytes(b"garbage")
    worker = workers_of(service)[0]
    os.kill(worker, signal.SIGKILL)
    told = "key file refused, worker not started"
    wait_for(lambda: told in service.log.events(), "the log to tell", 40)
    assert service.refresh(token).status == 200
    path.write_bytes(whole)
    wait_for(partial(is_replaced, service, worker), "a new worker", 40)
    wait_for(lambda: {service.refresh(token).status for _ in range(8)} == {200}, "both to serve", 20)
    assert "Traceback" not in service.log.text()


def test_worker_that_dies_while_it_is_asked_is_replaced(start):
    """A worker that hangs and then dies, while the parent waits for it, is replaced at once."""
    service = start("--workers", "2")
    worker = workers_of(service)[0]
    os.kill(worker, signal.SIGSTOP)
    asked = time.monotonic() + 2  # the parent asks twice a second
    wait_for(lambda: time.monotonic() > asked, "the parent to wait for an answer")
    os.kill(worker, signal.SIGKILL)
    wait_for(partial(is_replaced, service, worker), "a new worker", 12)


def test_workers_end_with_their_parent(start):
    """After kill -9 of the parent no worker holds the port, and the service can be started again."""
    service = start("--workers", "2")
    workers = workers_of(service)
    service.process.kill()
    service.process.wait()
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers), "the workers to end", 40)
    service.start()
    assert service.refresh(service.login()).status == 200


def test_metrics_forget_a_dead_worker(start, valkey):
    """The last values of a dead worker disappear from /metrics."""
    service = start("--workers", "2", RATE_LIMIT_URL=valkey.url, METRICS="true")
    valkey.stop()
    wait_for(lambda: b"session_refresh_local_limits 1.0" in service.get("/metrics").body, "the metrics to tell")
    for pid in workers_of(service):
        os.kill(pid, signal.SIGKILL)
    valkey.start()
    wait_for(lambda: answers(service), "new workers", 40)
    wait_for(lambda: b"session_refresh_local_limits 0.0" in service.get("/metrics").body, "the metrics to clear", 15)


def answers(service):
    try:
        return service.answers()
    except OSError:
        return False
