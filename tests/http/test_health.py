"""/healthz tells that the process answers, /readyz that its dependencies do."""

from __future__ import annotations

from tests.support.assertions import LIMIT_HEADERS, assert_common_headers, assert_problem
from tests.support.waiting import wait_for


def test_healthz_says_that_the_process_answers(service):
    """The response is a 200 without rate limits and without a cookie."""
    reply = service.get("/healthz")
    assert_common_headers(reply)
    assert (reply.status, reply.json()) == (200, {"status": "ok"})
    assert not any(reply.all(name) for name in LIMIT_HEADERS)


def test_readyz_tells_the_state_of_each_dependency(service):
    """The response is a 200 that names each dependency while all of them work."""
    reply = service.get("/readyz")
    assert_common_headers(reply)
    assert (reply.status, reply.json()) == (200, {"status": "ok", "store": "ok", "keys": "ok", "rate_limits": "ok"})


def test_readyz_is_503_while_the_store_cannot_be_read(start):
    """The service is not ready, and refreshes are a 503 with Retry-After. /healthz is still a 200."""
    running = start(DATABASE_URL="sqlite:////nonexistent/state.db", KEYS_FILE=str(make_keys(start)))
    wait_for(lambda: running.get("/readyz").json()["store"].startswith("store: "), "the first look at the store")
    reply = running.get("/readyz")
    assert_common_headers(reply)
    assert (reply.status, reply.json()["status"]) == (503, "unavailable")
    assert int(reply.header("retry-after") or 0) >= 1
    assert_problem(running.refresh(running.sign()), 503)
    assert_problem(running.refresh("x.y.z"), 401)
    assert running.get("/healthz").status == 200


def make_keys(start):
    other = start()
    other.stop()
    return other.state / "keys.json"
