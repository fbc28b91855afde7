"""The log line of a request says which trace it belongs to, and which organisation."""

from __future__ import annotations

import pytest

from tests.support.assertions import REFRESH
from tests.support.client import request_bytes
from tests.support.waiting import wait_for

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{PARENT}-01"
MEMBERS = ("trace_id", "parent_id", "trace_flags")
# Section 3.2: names in any case; RFC 9110 section 5.5: white space around a value is none of it.
SPELLINGS = {
    "as it is written": f"traceparent: {GOOD}",
    "TraceParent": f"TraceParent: {GOOD}",
    "TrAcEpArEnT": f"TrAcEpArEnT: {GOOD}",
    "TRACEPARENT": f"TRACEPARENT: {GOOD}",
    "no blank": f"traceparent:{GOOD}",
    "blanks and tabs": f"traceparent: \t {GOOD} \t",
    "a later version": f"traceparent: cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like",
}
NOT_WELL_FORMED = {
    "none": (),
    "empty": ("traceparent:",),
    "nonsense": ("traceparent: nonsense",),
    "upper case": (f"traceparent: {GOOD.upper()}",),
    "zeros": (f"traceparent: 00-{'0' * 32}-{PARENT}-01",),
    "version ff": (f"traceparent: ff-{TRACE}-{PARENT}-01",),
    "not ASCII": ("traceparent: \xff\xfe",),
    "two headers": (f"traceparent: {GOOD}", f"traceparent: {GOOD}"),
    "other names": (f"trace-parent: {GOOD}", f"trace.parent: {GOOD}", f"tracestate: {GOOD}"),
    "very long": ("traceparent: " + "0" * 8000,),
}


@pytest.fixture(scope="module")
def both(start_shared):
    """A service with both listeners."""
    return start_shared("--internal", "127.0.0.1:0", FAILURE_RATE_LIMIT="1000000/minute")


def ask(both, listener, token, *headers):
    """A call with a good session on that listener; the response and its log line."""
    client, path = (both, REFRESH) if listener == "public" else (both.internal, "/verify")
    reply = client.request(f"Cookie: vk_org_token={token}", *headers, path=path)
    return reply, both.log.request(reply.header("x-request-id"))


@pytest.mark.parametrize("listener", ["public", "internal"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_trace_is_logged(both, listener, name):
    """Its id, the caller's span and the flags stand in the line, on either listener."""
    reply, line = ask(both, listener, both.sign(), SPELLINGS[name])
    assert reply.status == 200
    assert [line[member] for member in MEMBERS] == [TRACE, PARENT, "01"]


@pytest.mark.parametrize("listener", ["public", "internal"])
@pytest.mark.parametrize("name", NOT_WELL_FORMED)
def test_traceparent_is_never_an_error(both, listener, name):
    """One that is not well formed changes nothing, and the line has no member for it."""
    reply, line = ask(both, listener, both.sign(), *NOT_WELL_FORMED[name])
    assert reply.status == 200
    assert not set(MEMBERS) & set(line)


def test_refused_requests_have_their_trace_too(both):
    """Whatever layer refuses: no session, no such path, another method, a body that is too long."""
    traced = f"traceparent: {GOOD}"
    replies = {
        401: both.refresh(None, traced),
        404: both.get("/nowhere", traced),
        405: both.raw(request_bytes("DELETE", REFRESH, traced)),
        413: both.refresh(None, traced, "Content-Type: application/json", body=b" " * 1025),
    }
    for status, reply in replies.items():
        line = both.log.request(reply.header("x-request-id"))
        assert (reply.status, line["trace_id"]) == (status, TRACE)


def test_line_names_the_organisation(both):
    """As it names the session: of a good one, of one that is refused after it was authenticated, and null of nobody."""
    token = both.sign(sid="with-org", org="org-7")
    key = both.cli("api-keys", "create", "--org", "org-8", "--version", "2026-01-01").stdout.strip()
    told = {
        "good": both.refresh(token),
        "an API key of another organisation": both.refresh(token, f"X-API-Key: {key}"),
        "a body that is not valid": both.refresh(token, "Content-Type: application/json", body=b"null"),
        "verified": both.internal.get("/verify", f"Cookie: vk_org_token={token}"),
    }
    assert [reply.status for reply in told.values()] == [200, 401, 422, 200]
    for reply in told.values():
        line = both.log.request(reply.header("x-request-id"))
        assert (line["sid"], line["org"]) == ("with-org", "org-7")
    both.cli("revoke", "--session", "with-org")
    wait_for(lambda: both.refresh(token).status == 401, "the revocation")
    for reply in (both.refresh(token), both.internal.get("/verify", f"Cookie: vk_org_token={token}")):
        line = both.log.request(reply.header("x-request-id"))
        assert (line["sid"], line["org"], line["reason"]) == ("with-org", "org-7", "session: revoked")
    line = both.log.request(both.refresh(None).header("x-request-id"))
    assert (line["sid"], line["org"]) == (None, None)
