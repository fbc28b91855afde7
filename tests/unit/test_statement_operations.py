"""The two endpoints without HTTP: the form, the answers, and what reaches the store."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import pytest

from handlers.statements import backchannel_logout, receive_event
from security.claims import Policy
from security.errors import Unavailable
from security.issuers import load_issuers
from security.statement_errors import LogoutRefused, StatementRefused
from security.statements import Ended
from tests.support.providers import IDP, Keys, events, logouts
from tests.support.tokens import AUDIENCE, ISSUER, NOW

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
KEYS = Keys()
LOGOUT = logouts(KEYS).token()
EVENT = events(KEYS).token()


class Taken:
    """Statements in memory. `away`: the store cannot be reached."""

    def __init__(self):
        self.statements = {}
        self.away = False

    async def take(self, statement):
        if self.away:
            raise Unavailable("store: away")
        self.statements.setdefault((statement.issuer, statement.token_id), statement)


@pytest.fixture
def taken():
    return Taken()


@pytest.fixture
def call(taken):
    issuers = SimpleNamespace(current=load_issuers(KEYS.issuers(), POLICY))
    dependencies = SimpleNamespace(issuers=issuers, policy=POLICY, statements=taken)
    return lambda endpoint, body: asyncio.run(endpoint(body, NOW, dependencies))


def form(*fields):
    return urlencode(fields).encode()


ENDPOINTS = {
    "logout": (backchannel_logout, form(("logout_token", LOGOUT)), 200, "logout-1", Ended(session="idp-1")),
    "event": (receive_event, EVENT.encode(), 202, "event-1", Ended(subject="user-1", organisation="org-1")),
}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_statement_is_taken_before_it_is_answered(name, call, taken):
    """The answer has no body. A repeat gets the same one, and ends nothing more."""
    endpoint, body, status, token_id, ended = ENDPOINTS[name]
    for _ in range(2):
        response = call(endpoint, body)
        assert (response.status, response.body, response.headers) == (status, b"", ())
        assert {key: each.ends for key, each in taken.statements.items()} == {(IDP, token_id): (ended,)}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_statement_that_could_not_be_taken_is_not_spent(name, call, taken):
    """It is an outage, and the next try is as good as the first."""
    endpoint, body, status, _, _ = ENDPOINTS[name]
    taken.away = True
    with pytest.raises(Unavailable):
        call(endpoint, body)
    taken.away = False
    assert call(endpoint, body).status == status
    assert len(taken.statements) == 1


def test_event_that_ends_nothing_needs_no_store(call, taken):
    """A transmitter's test of the connection is answered, and leaves nothing behind."""
    taken.away = True
    verification = {"https://schemas.openid.net/secevent/ssf/event-type/verification": {"state": "x"}}
    assert call(receive_event, events(KEYS).token(claims={"events": verification}).encode()).status == 202


FORMS = {
    "other fields": form(("state", "ä&="), ("logout_token", LOGOUT), ("x", "")),
    "a field without a value": b"x&" + form(("logout_token", LOGOUT)),
    "everything percent-encoded": b"%6cogout_token=" + "".join(f"%{byte:02x}" for byte in LOGOUT.encode()).encode(),
    "empty fields": b"&&" + form(("logout_token", LOGOUT)) + b"&",
}


@pytest.mark.parametrize("name", FORMS)
def test_form_may_have_other_fields(name, call):
    """However it is encoded, the one field counts (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""
    assert call(backchannel_logout, FORMS[name]).status == 200


TWICE = form(("logout_token", LOGOUT), ("logout_token", LOGOUT))
BAD_FORMS = {
    "nothing": b"",
    "the token alone": LOGOUT.encode(),
    "JSON": json.dumps({"logout_token": LOGOUT}).encode(),
    "no such field": form(("token", LOGOUT)),
    "in capitals": form(("LOGOUT_TOKEN", LOGOUT)),
    "empty": b"logout_token=",
    "twice": TWICE,
    "twice, once encoded": TWICE.replace(b"logout", b"%6Cogout", 1),
    "twice, once empty": form(("logout_token", ""), ("logout_token", LOGOUT)),
    "behind a semicolon": b"x=1;" + form(("logout_token", LOGOUT)),
    "not ASCII": "x=ä&".encode() + form(("logout_token", LOGOUT)),
    "not UTF-8": b"x=%ff&" + form(("logout_token", LOGOUT)),
    "a percent sign": b"x=%&" + form(("logout_token", LOGOUT)),
    "half percent-encoded": b"x=%4&" + form(("logout_token", LOGOUT)),
    "a blank in the token": b"logout_token=+" + LOGOUT.encode(),
    "101 fields": b"x=1&" * 100 + form(("logout_token", LOGOUT)),
    "a letter beyond ASCII in the token": form(("logout_token", LOGOUT + "é")),
    "quoted": form(("logout_token", quote(f'"{LOGOUT}"'))),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_bad_form_is_refused(name, call, taken):
    """As any bad logout token: invalid_request, with a description."""
    with pytest.raises(LogoutRefused) as caught:
        call(backchannel_logout, BAD_FORMS[name])
    assert caught.value.members() == {"error": "invalid_request", "error_description": caught.value.detail}
    assert caught.value.status == 400
    assert not taken.statements


def test_refused_statement_is_told_by_each_standard(call, taken):
    """An untrusted one: a logout token gets the one code of its standard, an event RFC 8935's, in a stated language."""
    with pytest.raises(LogoutRefused) as logout:
        call(backchannel_logout, form(("logout_token", logouts(KEYS).token(key=KEYS.foreign))))
    with pytest.raises(StatementRefused) as event:
        call(receive_event, events(KEYS).token(key=KEYS.foreign).encode())
    text = "The token is not signed by an issuer that is trusted here."
    assert logout.value.members() == {"error": "invalid_request", "error_description": text}
    assert event.value.members() == {"err": "authentication_failed", "description": text}
    assert event.value.headers == ((b"content-language", b"en"),)
    assert logout.value.reason == event.value.reason == "header kid: no such key"
    assert not taken.statements
