"""The attack list over HTTP: every refusal looks the same to the caller, and the log tells them apart."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.support.attacks import ACCEPTED, ATTACKS, FROM_THE_FUTURE, LONGEST
from tests.support.tokens import Forge
from tests.support.waiting import wait_for

# What HTTP cannot carry in a cookie: control characters are not allowed, and blanks around a cookie are removed.
NOT_IN_A_COOKIE = re.compile(rb"[\0\r\n;]|^[ \t]|[ \t]$")
# These tokens become valid, or invalid, as time passes: they are made for a moment a little ahead.
ON_THE_EDGE = re.compile(r"ahead of the leeway|exp at the end|as long ago as")
SLACK = 10
SAME = ("content-type", "content-length", "www-authenticate", "cache-control")


@pytest.fixture
def attacked(start, tmp_path):
    """A service with both listeners that uses the forge's keys, and the forge."""
    forge = Forge(int(time.time()))
    state = tmp_path / "attacked" / "state"
    state.mkdir(mode=0o700, parents=True)
    key_file = state / "keys.json"
    key_file.touch(0o600)
    key_file.write_text(json.dumps(forge.jwks()))
    limits = {"RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}
    return start("--internal", "127.0.0.1:0", folder=tmp_path / "attacked", **limits), forge


def post(service, token, target=b"POST /api/v1/auth/refresh"):
    """The documented call with exactly these bytes as its cookie."""
    text = token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")
    head = target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: vk_org_token="
    return service.raw(head + text + b"\r\n\r\n")


def verify(service, token):
    """The same at the internal listener."""
    return post(service.internal, token, b"GET /verify")


def carried(name, row, forge):
    """The token of a row, made now. None if HTTP cannot carry it in a cookie."""
    forge.now = int(time.time()) + (SLACK if ON_THE_EDGE.search(name) else 0)
    forged = row(forge)
    token = forged if isinstance(forged, bytes) else forged.encode()
    return None if NOT_IN_A_COOKIE.search(token) else token


def replay(rows, service, forge, post=post):
    """The responses to all rows that HTTP can carry, by the row's name."""
    tokens = ((name, carried(name, row, forge)) for name, row in rows.items())
    return {name: post(service, token) for name, token in tokens if token is not None}


def test_attacks_all_get_one_answer(attacked):
    """Every attack gets the same 401 and no cookie. The log has its reason, and a good token still works afterwards."""
    service, forge = attacked
    replies = replay(ATTACKS, service, forge)
    assert len(replies) >= len(ATTACKS) - 5
    assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(replies, 401)
    body = b'{"error": "unauthorized", "detail": "Sign in again.", "status_code": 401}'
    assert {reply.body for reply in replies.values()} == {body}
    assert len({tuple(reply.header(name) for name in SAME) for reply in replies.values()}) == 1
    assert [name for name, reply in replies.items() if reply.all("set-cookie")] == []
    assert post(service, ACCEPTED["as it is"](forge)).status == 200

    ids = {reply.header("x-request-id") for reply in replies.values()}

    def logged():
        lines = {line.get("id"): line for line in service.log.lines() if line["event"] == "request"}
        return [lines[each] for each in ids] if ids <= lines.keys() else None

    lines = wait_for(logged, "the log lines of all attacks")
    assert [line for line in lines if not line["reason"]] == []
    assert len({line["reason"] for line in lines}) >= 25
    assert service.secrets_in(service.log.text()) == []


def test_verify_judges_the_list_alike(attacked):
    """Every attack is refused, every good token verified, and tokens from the future are an outage; at each sight."""
    service, forge = attacked
    expected = ((ATTACKS, 401), (ACCEPTED, 200), (FROM_THE_FUTURE, 503), (ATTACKS, 401))
    for rows, status in expected:
        rows = {name: row for name, row in rows.items() if name != LONGEST}
        replies = replay(rows, service, forge, verify)
        assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(replies, status)
        assert [name for name, reply in replies.items() if reply.all("x-auth-subject") and status != 200] == []


def test_attacks_that_no_cookie_can_hold_get_no_cookie(attacked):
    """A token with characters that HTTP forbids in a header is refused, and gets no cookie."""
    service, forge = attacked
    for name in ("structure: a line end inside", "structure: a carriage return inside", "structure: NUL at the end"):
        reply = post(service, ATTACKS[name](forge))
        assert (name, reply.status) in {(name, 400), (name, 401)}
        assert reply.all("set-cookie") == []


def test_tokens_from_the_future_are_an_outage(attacked):
    """They all get 503 with Retry-After, never 401, and an error in the log."""
    service, forge = attacked
    replies = replay(FROM_THE_FUTURE, service, forge)
    assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(FROM_THE_FUTURE, 503)
    for reply in replies.values():
        assert int(reply.header("retry-after")) > 0
        assert reply.header("set-cookie") is None
        line = service.log.request(reply.header("x-request-id"))
        assert (line["level"], line["reason"][:24]) == ("error", "claims: from the future;")


def test_good_tokens_are_all_refreshed(attacked):
    """Each good token is refreshed, and so is the token it was refreshed to."""
    service, forge = attacked
    replies = replay({name: row for name, row in ACCEPTED.items() if name != LONGEST}, service, forge)
    assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(replies, 200)
    for name, reply in replies.items():
        fresh = reply.header("set-cookie").partition(";")[0].partition("=")[2]
        assert (name, post(service, fresh).status) == (name, 200)
