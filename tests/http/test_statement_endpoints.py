"""The endpoints for identity providers: what a signed statement ends, what it is answered, and what happens to bad ones."""

from __future__ import annotations

import json
import time

import pytest

from service.http.limits import MAX_STATEMENT_BYTES, STATEMENT_PAUSE_SECONDS
from tests.support.assertions import assert_problem
from tests.support.identity_provider import EVENT, FORM, LOGOUTS, PATHS, Endpoints
from tests.support.providers import IDP, Keys
from tests.support.statement_attacks import CODES, EVENT_ATTACKS, LOGOUT_ATTACKS
from tests.support.waiting import wait_for

BOUND = 2.0  # seconds, from the answer


@pytest.fixture(scope="module")
def endpoints(start_shared):
    """A service that trusts the providers of the tests."""
    service = start_shared(
        "--internal", "127.0.0.1:0", FAILURE_RATE_LIMIT="1000000/minute", RATE_LIMIT="1000000/minute"
    )
    found = Endpoints(service, Keys())
    found.trust()
    return found


def over(endpoints, token):
    """Waits until the session is refused, at most as long as a revocation may take."""
    wait_for(lambda: endpoints.service.refresh(token).status == 401, "the session's end", BOUND)


def test_logout_token_ends_the_sessions_that_it_names(endpoints):
    """With `sid`, those that came from that session of the provider, within 2 s; no others of its user."""
    named, same, other, elsewhere = (
        endpoints.session(sid="named", idp_sid="a"),
        endpoints.session(sid="same", idp_sid="a", sub="user-2"),
        endpoints.session(sid="other", idp_sid="b"),
        endpoints.session(sid="elsewhere", idp_sid="a", idp_iss="https://another.example"),
    )
    reply = endpoints.logout(endpoints.logouts.token(claims={"jti": "a", "sid": "a"}))
    assert (reply.status, reply.body, reply.header("cache-control")) == (200, b"", "no-store")
    for token in (named, same):
        over(endpoints, token)
    assert [endpoints.service.refresh(token).status for token in (other, elsewhere)] == [200, 200]


@pytest.mark.parametrize("endpoint", ["logout", "event"])
def test_statement_about_a_user_ends_all_sessions_of_the_user(endpoints, endpoint):
    """In the organisation of the issuer's entry alone. A sign-in after the answer is good at once."""
    sub = f"user of {endpoint}"
    ours, theirs = endpoints.session(sub=sub, sid="1"), endpoints.session(sub=sub, sid="2", org="org-2")
    if endpoint == "logout":
        reply = endpoints.logout(endpoints.logouts.token(claims={"jti": sub, "sub": sub}, without=("sid",)))
    else:
        subject = {"format": "iss_sub", "iss": IDP, "sub": sub}
        reply = endpoints.event(endpoints.events.token(claims={"jti": sub, "sub_id": subject}))
    assert reply.status == (200 if endpoint == "logout" else 202)
    again = endpoints.service.sign(sub=sub, org="org-1", sid="3")
    over(endpoints, ours)
    assert [endpoints.service.refresh(token).status for token in (theirs, again)] == [200, 200]


def test_repeated_statement_gets_the_same_answer_and_ends_nothing_more(endpoints):
    """Also if it says something else the second time: its `jti` is taken once."""
    first = endpoints.logouts.token(claims={"jti": "once", "sid": "once-1"})
    second = endpoints.logouts.token(claims={"jti": "once", "sid": "once-2"})
    spared = endpoints.session(sid="spared", idp_sid="once-2")
    replies = [endpoints.logout(token) for token in (first, first, second)]
    assert [(reply.status, reply.body) for reply in replies] == [(200, b"")] * 3
    over(endpoints, endpoints.session(sid="ended", idp_sid="once-1"))
    assert endpoints.service.refresh(spared).status == 200


@pytest.mark.parametrize("endpoint", ["logout", "event"])
def test_statement_of_the_attack_list_is_refused_by_its_standard(endpoints, endpoint):
    """Each row is a 400 with the standard's own body and code; the session that it is about lives on."""
    rows = LOGOUT_ATTACKS if endpoint == "logout" else EVENT_ATTACKS
    assert len(rows) >= 60
    token = endpoints.session(sid="attacked")
    wrong = {}
    for name, row in rows.items():
        statement = row(getattr(endpoints, endpoint + "s"))
        reply = getattr(endpoints, endpoint)(statement)
        if len(statement) > MAX_STATEMENT_BYTES:
            assert_problem(reply, 413)
            continue
        code = CODES[name.partition(":")[0]]
        expected = {"error": "invalid_request"} if endpoint == "logout" else {"err": code}
        told = reply.json() if reply.body else {}
        text = told.pop("error_description" if endpoint == "logout" else "description", None)
        if reply.status != 400 or told != expected or not text or reply.all("set-cookie"):
            wrong[name] = (reply.status, reply.body)
    assert wrong == {}
    assert endpoints.service.refresh(token).status == 200


def test_who_is_trusted_is_told_to_nobody(endpoints):
    """An unknown issuer, audience, key or signature gets the same bytes; the log tells them apart."""
    strangers = {
        "issuer": {"iss": "https://stranger.example"},
        "audience": {"aud": "another client"},
    }
    tokens = [endpoints.events.token(claims=claims) for claims in strangers.values()]
    tokens += [endpoints.events.token(key=endpoints.keys.foreign), endpoints.events.token()[:-4] + "AAAA"]
    replies = [endpoints.event(token) for token in tokens]
    assert len({(reply.status, reply.body) for reply in replies}) == 1
    assert len({endpoints.service.reason_of(reply) for reply in replies}) == 3


@pytest.mark.parametrize("path", PATHS)
def test_other_bodies_are_refused(endpoints, path):
    """Another media type, none, too many bytes, and no body at all."""
    own = FORM if path == LOGOUTS else EVENT
    for kind in ("application/json", "text/plain", EVENT if own == FORM else FORM):
        reply = endpoints.send(path, b"{}", kind)
        assert_problem(reply, 415)
        assert reply.json()["detail"] == f"The body must be {own}."
    assert_problem(endpoints.send(path, b"x" * 16_385, own), 413)
    empty = endpoints.send(path, b"", own)
    assert (empty.status, set(empty.json())) == (
        400,
        {"error", "error_description"} if own == FORM else {"err", "description"},
    )
    assert_problem(endpoints.service.internal.request(method="GET", path=path), 405)


def test_flood_of_bad_statements_is_limited_and_stops_nobody_else(start):
    """An address waits for each 429, which takes the place of further refusals. Good statements and refreshes go on."""
    service = start("--internal", "127.0.0.1:0", FAILURE_RATE_LIMIT="5/hour")
    endpoints = Endpoints(service, Keys())
    endpoints.trust()
    bad = endpoints.events.token(key=endpoints.keys.foreign)
    statuses = [endpoints.event(bad).status for _ in range(7)]
    assert statuses[-2:] == [429] * 2
    began = time.monotonic()
    limited = endpoints.event(bad)
    assert time.monotonic() - began >= STATEMENT_PAUSE_SECONDS
    assert_problem(limited, 429)
    assert int(limited.header("retry-after") or "") >= 1
    assert limited.header("x-ratelimit-remaining") == "0"
    assert endpoints.event(bad, "X-Forwarded-For: 192.0.2.7").status == 400
    assert endpoints.logout(endpoints.logouts.token()).status == 200
    assert [service.internal.request(method="GET", path="/verify").status for _ in range(8)] == [401] * 8
    assert service.refresh(endpoints.session(sid="x", idp_sid="x")).status == 200


def test_statement_that_could_not_be_taken_is_not_spent(start):
    """503 with Retry-After while the store cannot be written; the same statement counts afterwards."""
    service = start("--internal", "127.0.0.1:0")
    endpoints = Endpoints(service, Keys())
    endpoints.trust()
    token, statement = endpoints.session(sid="s", idp_sid="later"), endpoints.logouts.token(claims={"sid": "later"})
    database = service.state / "state.db"
    kept = database.read_bytes()
    service.lose_store()
    reply = endpoints.logout(statement)
    assert_problem(reply, 503)
    assert reply.header("retry-after")
    database.rmdir()
    database.write_bytes(kept)
    wait_for(lambda: endpoints.logout(statement).status == 200, "the store")
    over(endpoints, token)


def test_change_by_a_provider_is_in_the_audit_trail(start):
    """When, what, by which issuer, and by which events; as a line of the log, too, whatever its level."""
    endpoints = Endpoints(start("--internal", "127.0.0.1:0", LOG_LEVEL="error"), Keys())
    endpoints.trust()
    endpoints.logout(endpoints.logouts.token(claims={"jti": "audited", "sid": "audited"}))
    lines = [json.loads(line) for line in endpoints.service.cli("audit", "--json").stdout.splitlines()]
    (line,) = [each for each in lines if "audited" in each["target"]]
    assert line["actor"] == IDP
    assert "backchannel-logout" in line["reason"]
    assert [each for each in endpoints.service.log.lines(0) if each["event"] == "audit" and "audited" in each["target"]]
