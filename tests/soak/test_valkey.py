"""Without Valkey refreshes go on with local limits. The service reports it and recovers by itself."""

from __future__ import annotations

import time

import pytest

from tests.support.dashboards import mint
from tests.support.service import Service
from tests.support.waiting import wait_for

OUTAGES = {
    "stopped": (lambda server: server.stop(), lambda server: server.start()),
    "hanging": (lambda server: server.hang(), lambda server: server.resume()),
    # Valkey answers, but is out of memory and refuses writes.
    "full": (
        lambda server: server.ask("CONFIG", "SET", "maxmemory", "1"),
        lambda server: server.ask("CONFIG", "SET", "maxmemory", "0"),
    ),
}


def limits_state(service):
    return service.get("/readyz").json()["rate_limits"]


def local_limits(service):
    for line in service.get("/metrics").body.decode().splitlines():
        if line.startswith("session_refresh_local_limits "):
            return float(line.split()[1])
    return None


def events(service, name):
    return [line for line in service.log.lines() if line["event"] == name]


@pytest.mark.parametrize("kind", OUTAGES)
def test_refreshes_go_on_without_valkey(start, valkey, kind):
    """Without Valkey each refresh gets 200 in under a second. Log, metrics and /readyz report it while it lasts."""
    leave, come_back = OUTAGES[kind]
    service = start(RATE_LIMIT_URL=valkey.url, METRICS="true")
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 200
    assert limits_state(service) == "ok"
    try:
        leave(valkey)
        for _ in range(5):
            began = time.monotonic()
            assert service.refresh(token).status == 200
            assert time.monotonic() - began < 1
        wait_for(lambda: limits_state(service).startswith("degraded"), "/readyz to say so")
        wait_for(lambda: local_limits(service) == 1, "the metrics to say so")
        assert service.get("/readyz").status == 200, "it works, so it is ready"
        # The service checks several times whether Valkey works again: one that refuses writes does not.
        until = time.monotonic() + 3
        wait_for(lambda: time.monotonic() > until or not limits_state(service).startswith("degraded"), "looks")
        assert service.refresh(token).status == 200
        assert limits_state(service).startswith("degraded")
        assert len(events(service, "shared rate limits unavailable, counting locally")) == 1
    finally:
        come_back(valkey)
    wait_for(lambda: limits_state(service) == "ok", "recovery")
    wait_for(lambda: local_limits(service) == 0, "the metrics to clear")
    assert service.refresh(token).status == 200
    assert len(events(service, "shared rate limits available again")) == 1


def test_local_limits_hold_while_valkey_is_away(start, valkey):
    """Without Valkey each machine limits a session by itself."""
    service = start(RATE_LIMIT_URL=valkey.url, RATE_LIMIT="5/hour")
    (token,) = mint(service, "s-1")
    valkey.stop()
    statuses = [service.refresh(token).status for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2


def test_limits_are_shared_by_machines(start, valkey):
    """Two services with one Valkey count a session's requests together."""
    one = start(RATE_LIMIT_URL=valkey.url, RATE_LIMIT="6/hour")
    two = start(RATE_LIMIT_URL=valkey.url, RATE_LIMIT="6/hour", KEYS_FILE=str(one.state / "keys.json"))
    (token,) = mint(one, "s-1")
    statuses = [service.refresh(token).status for service in (one, two) * 4]
    assert statuses == [200] * 6 + [429] * 2


def test_service_starts_without_valkey(start, valkey):
    """A service that starts without Valkey refreshes sessions, and shares limits once Valkey is there."""
    valkey.stop()
    service = start(RATE_LIMIT_URL=valkey.url)
    assert service.refresh(service.login()).status == 200
    wait_for(lambda: limits_state(service).startswith("degraded"), "/readyz to say so")
    valkey.start()
    wait_for(lambda: limits_state(service) == "ok", "recovery")
    assert service.refresh(service.login()).status == 200
    assert valkey.ask("DBSIZE") != b":0\r\n"


@pytest.mark.parametrize("rest", ["127.0.0.1:abc/0", "127.0.0.1:99999/0", "u:secret/x@127.0.0.1/0"])
def test_bad_url_is_one_line(tmp_path, rest):
    """The line names the setting, and not the URL, which may contain a password."""
    operator = Service(tmp_path, RATE_LIMIT_URL=f"valkey://{rest}")
    for command in (["check"], ["serve", "--port", "0"]):
        done = operator.cli(*command, check=False)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert "SESSION_REFRESH_RATE_LIMIT_URL" in done.stderr
        assert "secret" not in done.stderr
