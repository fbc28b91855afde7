"""/healthz tells that the process answers, /readyz that its dependencies do."""

from __future__ import annotations

from tests.support.assertions import LIMIT_HEADERS, assert_common_headers, assert_problem
from tests.support.server_process import free_port
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
    states = {"store": "ok", "keys": "ok", "issuers": "ok", "rate_limits": "ok"}
    assert (reply.status, reply.json()) == (200, {"status": "ok", **states})


def test_readyz_is_503_while_the_store_cannot_be_read(start):
    """The service is not ready, and refreshes are a 503 with Retry-After. /healthz is still a 200."""
    running = start(DATABASE_URL="sqlite:////nonexistent/state.db", KEYS_FILE=str(make_keys(start)))
    reply = running.get("/readyz")
    assert_common_headers(reply)
    assert reply.status == 503
    told = {"store": "unavailable: not read for too long", "keys": "ok", "issuers": "ok", "rate_limits": "ok"}
    assert reply.json() == {"status": "unavailable", **told}, "anybody may read it: it names no path and no host"
    assert "/nonexistent" in running.log.text()
    assert int(reply.header("retry-after") or 0) >= 1
    assert_problem(running.refresh(running.sign()), 503)
    assert_problem(running.refresh("x.y.z"), 401)
    assert running.get("/healthz").status == 200


def make_keys(start):
    other = start()
    other.stop()
    return other.state / "keys.json"


FIXED = {
    "store": {"ok", "unavailable: not read for too long"},
    "keys": {"ok", "degraded: the key file cannot be used"},
    "issuers": {"ok", "degraded: the issuers file cannot be used"},
    "rate_limits": {"ok", "degraded: counting locally"},
}


def test_readyz_tells_fixed_words_and_the_log_the_rest(start):
    """Whatever is broken: no host, path, mode, name of a database or text of an exception. They are for the operator."""
    url = f"postgresql+psycopg://someone:pass-word@127.0.0.1:{free_port()}/some_database"
    shared = f"valkey://127.0.0.1:{free_port()}"
    keys = make_keys(start)
    issuers = keys.with_name("issuers.json")
    running = start(
        DATABASE_URL=url, RATE_LIMIT_URL=shared, KEYS_FILE=str(keys), ISSUERS_FILE=str(issuers),
        FAILURE_RATE_LIMIT="9/day",
    )  # fmt: skip
    running.keys_file.chmod(0o644)
    issuers.write_text("[")
    broken = {"status": "unavailable", **{name: max(words, key=len) for name, words in FIXED.items()}}
    wait_for(lambda: running.get("/readyz").json() == broken, "all of it to be told")
    told = running.get("/readyz").body.decode()
    for detail in (
        str(running.keys_file),
        str(issuers),
        "JSON",
        "0644",
        "127.0.0.1",
        "some",
        "Error",
        "refused",
        "s ago",
    ):
        assert detail not in told
    log = running.log.text()
    assert f"{running.keys_file}: mode is 0644" in log
    assert f"{issuers}: not JSON" in log
    assert "refused" in log
    assert "pass-word" not in log
    running.keys_file.chmod(0o600)
    wait_for(lambda: running.get("/readyz").json()["keys"] == "ok", "the keys to be well")
