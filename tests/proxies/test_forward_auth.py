"""Forward authentication as deploy/proxies configures it: who gets to the application, and what that is told."""

from __future__ import annotations

import time

import pytest

from tests.proxies.guards import NAMES, ask, told
from tests.support.client import request_bytes
from tests.support.echo_application import EchoApplication
from tests.support.waiting import wait_for


def test_application_is_told_who_is_calling(guard, guarded):
    """The five headers, as the service stated them; and the request as the client sent it."""
    signed_in = int(time.time()) - 3600
    token = guarded.sign(sub="user-9", org="org-9", sid="sid-9", auth_time=signed_in)
    reply = ask(guard, token, path="/some/path?a=b&c=%20d")
    stated = told(reply)
    assert [stated[name] for name in NAMES[:4]] == ["user-9", "org-9", "sid-9", str(signed_in)]
    assert int(stated["x-auth-expires"]) > time.time()
    assert reply.json()["target"] == "/some/path?a=b&c=%20d"


def test_nobody_else_gets_to_the_application(guard, guarded, application):
    """No cookie, a bad one, an expired one, two sessions, an unknown key: 401, whatever the method and the path."""
    before = len(application.requests)
    now = int(time.time())
    good = guarded.sign(sid="a")
    other = guarded.sign(sid="b")
    callers = {
        "none": (None, ()),
        "garbage": ("garbage", ()),
        "expired": (guarded.sign(iat=now - 9000, exp=now - 60), ()),
        "two sessions": (None, (f"Cookie: vk_org_token={good}; vk_org_token={other}",)),
        "two sessions in two headers": (good, (f"Cookie: vk_org_token={other}",)),
        "unknown key": (good, ("X-API-Key: vk_live_unknown",)),
        "two keys": (good, ("X-API-Key: vk_live_a", "X-API-Key: vk_live_b")),
    }
    for name, (token, headers) in callers.items():
        for method, path in (
            ("GET", "/"),
            ("POST", "//"),
            ("GET", "/%2e%2e/x"),
            ("OPTIONS", "/verify"),
            ("PUT", "/a/./b"),
        ):
            reply = ask(guard, token, *headers, method=method, path=path, body=b"x" if method == "POST" else b"")
            assert reply.status in (400, 401), (name, method, path, reply.raw)
    assert ask(guard, None).status == 401
    assert ask(guard, None).header("www-authenticate")
    assert len(application.requests) == before
    told(ask(guard, good))


def test_page_of_another_site_is_told_to_sign_in(guard):
    """A link from another site is no attack: without a cookie it is 401, so that the proxy can send the user to sign in."""
    for headers in (("Sec-Fetch-Site: cross-site",), ("Origin: https://evil.example", "Sec-Fetch-Mode: navigate")):
        assert ask(guard, None, *headers).status == 401


def test_revoked_session_is_kept_out_within_2_seconds(guard, guarded):
    """From the end of `revoke` on, it takes less than 2 s until the application is not asked any more."""
    sid = f"revoked-{type(guard).__name__}"
    token = guarded.sign(sid=sid)
    told(ask(guard, token))
    guarded.run("revoke", "--session", sid)
    wait_for(lambda: ask(guard, token).status == 401, "the session to be kept out", 2.0)


@pytest.mark.parametrize("size", [1, 5_000, 300_000])
def test_body_reaches_the_application(guard, guarded, size):
    """The service is asked without it, and the application gets all of it."""
    reply = ask(guard, guarded.sign(), "Content-Type: text/plain", method="POST", body=b"x" * size)
    told(reply)
    assert (reply.json()["method"], len(reply.json()["body"])) == ("POST", size)


def test_chunked_body_reaches_the_application(guard, guarded, application):
    """The framing of the client's body is nothing that the service sees."""
    token = guarded.sign()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: vk_org_token={token}\r\n"
    reply = guard.raw(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    assert reply.status == 200, reply.raw
    assert application.requests[-1]["method"] == "POST"


def test_longest_cookie_passes(guard, guarded):
    """The longest token, with cookies of others beside it."""
    from security.compact import MAX_TOKEN_BYTES

    told(ask(guard, guarded.longest(MAX_TOKEN_BYTES), "Cookie: other=" + "x" * 2000))


def test_websocket_is_judged_like_any_request(guard, guarded, application):
    """A handshake without a session does not reach the application; one with a session does."""
    before = len(application.requests)
    handshake = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")

    def shake(*headers):
        sent = request_bytes("GET", "/", *handshake, *headers).replace(b"Connection: close", b"Connection: Upgrade")
        return guard.raw(sent)

    assert shake().status == 401
    assert len(application.requests) == before
    assert shake(f"Cookie: vk_org_token={guarded.sign()}").status == 200
    assert ["upgrade", "websocket"] in application.requests[-1]["headers"]


@pytest.mark.parametrize(("status", "headers"), [(200, dict.fromkeys(NAMES, "x")), (401, {})])
def test_connections_to_the_service_are_kept(guard, application, status, headers):
    """Many requests of many clients need few connections to the service, whether they are let in or not."""
    service = EchoApplication(headers, status)
    another = type(guard)(service.port, service.port, application.port)
    another.start()
    try:
        for _ in range(50):
            assert ask(another, "token").status == status
        assert len(service.requests) == 50
        assert service.connections <= 5
        assert {each["body"] for each in service.requests} == {""}
    finally:
        another.remove()
        service.close()
