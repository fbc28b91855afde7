"""/metrics counts what the service answers, over all its workers."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

from tests.support.assertions import assert_common_headers, assert_problem, assert_refreshed
from tests.support.waiting import wait_for


def counted(service, name, **labels):
    """The value of a sample in /metrics; 0 if there is none yet."""
    for line in service.get("/metrics").body.decode().splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? ([0-9.e+-]+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0.0


COUNT = "session_refresh_response_seconds_count"


def test_metrics_move_with_the_answers(service):
    """Each response is counted by route and status, each refusal by reason, broken HTTP too."""
    refreshed = {"route": "refreshAuthSession", "status": "200"}
    refused = {"route": "refreshAuthSession", "status": "401"}
    before = [counted(service, COUNT, **refreshed), counted(service, COUNT, **refused)]
    reasons = counted(service, "session_refresh_refusals_total", reason="cookie: none")
    broken = counted(service, COUNT, route="none", status="400")
    for _ in range(3):
        assert_refreshed(service.refresh(service.sign()))
    assert_problem(service.refresh(None), 401)
    service.talk(b"BROKEN\r\n\r\n")
    wait_for(lambda: counted(service, COUNT, **refreshed) >= before[0] + 3, "the answers to be counted")
    assert counted(service, COUNT, **refused) == before[1] + 1
    assert counted(service, "session_refresh_refusals_total", reason="cookie: none") == reasons + 1
    assert counted(service, COUNT, route="none", status="400") == broken + 1


def test_metrics_are_in_the_text_format_and_hold_nothing_of_any_caller(service):
    """Labels have a fixed set of values, so a client cannot create series by its requests."""
    for number in range(5):
        service.get(f"/unknown-{number}")
    reply = service.get("/metrics")
    assert_common_headers(reply)
    assert (reply.header("content-type") or "").startswith("text/plain; version=1.0.0")
    text = reply.body.decode()
    assert "unknown-" not in text
    assert "session-1" not in text
    assert not service.secrets_in(text)
    assert "session_refresh_store_staleness_seconds" in text
    assert "session_refresh_revocations" in text
    assert "session_refresh_local_limits 0.0" in text


def test_metrics_are_not_there_unless_switched_on(start):
    """By default /metrics is a 404."""
    running = start()
    assert_problem(running.get("/metrics"), 404)
    assert_problem(running.request(method="POST", path="/metrics"), 404)


def test_metrics_are_right_across_workers(start):
    """With two workers, each of them reports what both have counted."""
    running = start("--workers", "2", METRICS="true", RATE_LIMIT="1000/minute")
    token = running.sign()
    with ThreadPoolExecutor(8) as clients:
        assert {reply.status for reply in clients.map(running.refresh, [token] * 60)} == {200}
    labels = {"route": "refreshAuthSession", "status": "200"}
    wait_for(lambda: counted(running, COUNT, **labels) == 60, "60 answers to be counted")
    for _ in range(10):
        assert counted(running, COUNT, **labels) == 60


def test_metrics_show_the_keys_and_begin_at_zero(start):
    """Before anybody asked, the key that signs and its age are there, what /readyz says, and the failures to come."""
    running = start("--internal", "127.0.0.1:0", METRICS="true")
    (key,) = json.loads(running.keys_file.read_text())["keys"]
    wait_for(lambda: counted(running, "session_refresh_key_signs", kid=key["kid"], alg="EdDSA"), "the key to be shown")
    since = counted(running, "session_refresh_key_signing_since_timestamp_seconds", kid=key["kid"])
    assert since == key["promoted_at"]
    assert counted(running, "session_refresh_store_max_staleness_seconds") == 10
    text = running.get("/metrics").body.decode()
    for dependency in running.get("/readyz").json().keys() - {"status"}:
        assert f'session_refresh_dependency_failing{{dependency="{dependency}"}} 0.0' in text
    for route, status in (("refreshAuthSession", 503), ("backchannelLogout", 400), ("receiveEvent", 202)):
        assert f'{COUNT}{{route="{route}",status="{status}"}} 0.0' in text
    assert "session_refresh_crashes_total 0.0" in text


def test_metrics_of_one_worker_are_its_own(start, tmp_path, monkeypatch):
    """PROMETHEUS_MULTIPROC_DIR in the environment, set by another program, is ignored."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "not there"))
    running = start(METRICS="true")
    assert running.refresh(running.sign()).status == 200
    wait_for(lambda: counted(running, COUNT, route="refreshAuthSession", status="200") == 1, "the answer to be counted")
