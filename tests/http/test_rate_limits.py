"""Rate limits: of a session, and of an address that fails."""

from __future__ import annotations

import time

from tests.support.assertions import LIMIT_HEADERS, assert_problem, assert_refreshed
from tests.support.waiting import wait_for


def limits_of(reply):
    return tuple(int(reply.header(name) or "-1") for name in LIMIT_HEADERS)


def test_session_is_limited_with_the_time_to_wait(start):
    """With 3 a day, the fourth request is a 429 with Retry-After and the window's end.

    Other sessions are not limited.
    """
    running = start(RATE_LIMIT="3/day")
    token, other = running.sign(sid="busy"), running.sign(sid="calm")
    lefts = []
    for _ in range(3):
        reply = running.refresh(token)
        token = assert_refreshed(reply)
        lefts.append(limits_of(reply))
    assert [left[:2] for left in lefts] == [(3, 2), (3, 1), (3, 0)]
    reply = running.refresh(token)
    assert_problem(reply, 429)
    seconds = int(reply.header("retry-after") or 0)
    limit, remaining, reset = limits_of(reply)
    assert (limit, remaining, reset % 86400) == (3, 0, 0)
    assert abs(time.time() + seconds - reset) <= 2
    assert 1 <= seconds <= 86400
    assert reply.json()["detail"] == f"Rate limit exceeded. Retry after {seconds} seconds."
    assert_problem(running.refresh(token, "Verifa-Version: x", body=b"not JSON"), 429)  # before version and body
    assert_problem(running.refresh(token, "X-API-Key: x"), 401)  # after the credentials
    reply = running.refresh(other)
    assert_refreshed(reply)
    assert limits_of(reply)[:2] == (3, 2)


def test_refused_requests_count_for_the_session_too(start):
    """Requests with a bad body or version count towards the session's limit."""
    running = start(RATE_LIMIT="2/day")
    token = running.sign()
    assert_problem(running.refresh(token, body=b"null"), 422)
    assert_problem(running.refresh(token, "Verifa-Version: x"), 400)
    assert_problem(running.refresh(token), 429)


def test_address_is_limited_by_its_failures_alone(start):
    """401 and 403 count for the address, and nothing else does. After four of them, 429 takes their place."""
    running = start(FAILURE_RATE_LIMIT="4/day", RATE_LIMIT="50/day")
    token = running.sign()
    for _ in range(6):
        reply = running.refresh(token)
        assert_refreshed(reply)
        assert limits_of(reply)[0] == 50
    for headers, body, status in ((["Verifa-Version: x"], b"", 400), ([], b"null", 422), ([], b" " * 2000, 413)):
        assert_problem(running.refresh(token, *headers, body=body), status)
    assert_problem(running.get("/nowhere"), 404)
    for remaining in (3, 2, 1):
        reply = running.refresh("x.y.z")
        assert_problem(reply, 401)
        assert limits_of(reply)[:2] == (4, remaining)
    reply = running.refresh(token, "Origin: https://evil.example")
    assert_problem(reply, 403)
    assert limits_of(reply)[:2] == (4, 0)
    for token_sent, header in (
        (None, "Verifa-Version: x"),
        ("x", "X-API-Key: x"),
        (token, "Origin: https://evil.example"),
    ):
        reply = running.refresh(token_sent, header)
        assert_problem(reply, 429)
        assert limits_of(reply)[:2] == (4, 0)
        assert running.reason_of(reply) == "rate limit: of the address"
        seconds = reply.header("retry-after")
        assert reply.json()["detail"] == f"Rate limit exceeded. Retry after {seconds} seconds."
    assert running.get("/healthz").status == 200


def test_good_session_is_never_refused_for_its_neighbours(start):
    """Behind one proxy, one address may be thousands of people: what some of them get is nothing to the others."""
    running = start(FAILURE_RATE_LIMIT="2/day")
    token = running.sign(sid="neighbour")
    statuses = [running.refresh(None).status for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    reply = running.refresh(token)
    token = assert_refreshed(reply)
    assert limits_of(reply)[0] == 300
    assert_problem(running.refresh(token, body=b"[]"), 422)
    assert_problem(running.refresh(token, "Verifa-Version: x"), 400)
    assert_problem(running.get("/nowhere"), 404)
    assert_problem(running.request(method="GET"), 405)
    running.lose_store()
    wait_for(lambda: running.refresh(token).status == 503, "the replica to be too old", 15)
    assert_problem(running.refresh(None), 429)
