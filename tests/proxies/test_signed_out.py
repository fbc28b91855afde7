"""What a signed-out user reaches through each proxy: the sign-in page, which is told nobody's name, and the service."""

from __future__ import annotations

import json
import time

import pytest

from tests.proxies.guards import CLIENT, ask, stated, told
from tests.proxies.test_forward_auth_headers import SPELLINGS
from tests.support import versions
from tests.support.proxied_paths import SERVICE, SIGN_IN, TRICKS, is_below_sign_in
from tests.support.waiting import wait_for


@pytest.mark.parametrize("path", [*SIGN_IN, "/sign-in?next=/a%2fb%20c&x=%25", "/sign-in/callback?code=../..;/admin"])
def test_sign_in_page_is_reached(guard, path):
    """By anybody, under the address that was asked for, with its query, its Host and its body."""
    reply = ask(guard, None, "Content-Type: text/plain", method="POST", path=path, body=b"name=a")
    assert stated(reply) == []
    received = reply.json()
    assert (received["method"], received["target"], received["body"]) == ("POST", path, "name=a")
    assert ["host", "127.0.0.1"] in received["headers"]
    assert ["x-forwarded-for", CLIENT] in received["headers"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_sign_in_page_is_told_nobodys_name(guard, guarded, spelling):
    """Whatever the client sends, signed in or not: an application that trusts the headers is not fooled there either."""
    for token in (None, "garbage", guarded.sign()):
        for path in ("/sign-in", "/sign-in/callback"):
            reply = ask(guard, token, *SPELLINGS[spelling], path=path)
            if reply.status == 400:  # the proxy refuses what is no HTTP
                assert spelling in ("a blank before the colon", "folded")
                continue
            assert stated(reply) == []
            assert "root" not in [value for _, value in reply.json()["headers"]]


def test_no_trick_with_the_path_gets_past_the_check(guard, application):
    """Without a session the application gets only paths that are below /sign-in however one reads them."""
    reached = {}
    for trick in TRICKS:
        for method in ("GET", "POST"):
            before = len(application.requests)
            reply = ask(guard, None, method=method, path=trick)
            got = [each["target"] for each in application.requests[before:]]
            if not all(is_below_sign_in(target) for target in got):
                reached[trick] = got
            assert got or reply.status in (308, 400, 401, 403, 404, 405), (trick, reply.raw)
    assert reached == {}


def test_refresh_goes_past_the_check_and_judges_for_itself(guard, guarded, application):
    """A page of the same host gets its cookie, a page of another one 403, and nobody's session 401: by the service."""
    before = len(application.requests)
    token = guarded.sign(sid="refreshed")
    own = ("Origin: http://127.0.0.1",), ("Sec-Fetch-Site: same-origin", "Origin: http://127.0.0.1")
    for headers in own:
        reply = guard.refresh(token, "Content-Type: application/json", *headers, body=b"{}")
        assert (reply.status, reply.json()) == (200, {"refreshed": True}), reply.raw
        cookie = reply.header("set-cookie") or ""
        assert cookie.startswith("vk_org_token=")
        assert told(ask(guard, cookie.partition(";")[0].partition("=")[2]))["x-auth-session"] == "refreshed"
    for headers in (
        ("Origin: https://evil.example",),
        ("Sec-Fetch-Site: cross-site",),
        ("Origin: http://127.0.0.1:1",),
    ):
        assert guard.refresh(token, *headers).status == 403
    for nobody in (None, "garbage"):
        assert guard.refresh(nobody, *own[0]).json()["detail"] == "Sign in again."
    assert [each["target"] for each in application.requests[before:]] == ["/", "/"]


def test_longest_cookie_is_refreshed(guard, guarded):
    """A response with all that a browser keeps in a cookie comes back through the proxy."""
    from security.compact import MAX_TOKEN_BYTES

    reply = guard.refresh(guarded.longest(MAX_TOKEN_BYTES, jti="x" * 22, auth_time=int(time.time())))
    assert reply.status == 200, reply.raw
    assert len(reply.header("set-cookie") or "") > MAX_TOKEN_BYTES


def test_refresh_counts_an_api_key_with_the_clients_address(guard, guarded):
    """As `/verify` does: the address is that of the proxy's client, whatever it says."""
    create = ("api-keys", "create", "--org", "org-1", "--version", versions.OTHER, "--allow-ip")
    here, elsewhere = (guarded.run(*create, network).stdout.strip() for network in (CLIENT, "127.0.0.1"))
    token = guarded.sign()
    wait_for(lambda: guard.refresh(token, f"X-API-Key: {here}").status == 200, "the keys to be known")
    for more in ((), ("X-Forwarded-For: 127.0.0.1",)):
        assert guard.refresh(token, f"X-API-Key: {elsewhere}", *more).status == 401


def test_paths_of_the_service_are_answered_by_it(guard, guarded, application):
    """As if it was asked itself; the rest of what it serves is not reachable."""
    before = len(application.requests)
    for path in SERVICE:
        for method in ("GET", "POST"):
            through, direct = (each.request(method=method, path=path) for each in (guard, guarded))
            assert (through.status, through.body) == (direct.status, direct.body), (method, path)
            assert through.header("x-request-id")
    assert json.loads(guard.get(SERVICE[2]).body)["keys"]
    rest = ("/", "/healthz", "/metrics", "/openapi.yaml", "/docs", "/verify", "/events", "/.well-known/x")
    for path in (*rest, *(f"{path}{more}" for path in SERVICE for more in ("x", "/", "/x", ";x", "%2f"))):
        assert guard.get(path).status == 401, path
    assert len(application.requests) == before


@pytest.mark.parametrize("path", ["/", "/sign-in"])
@pytest.mark.parametrize(
    "upgrade",
    [
        ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA", "Connection: Upgrade, HTTP2-Settings"),
        ("Upgrade: h2c", "Connection: Upgrade"),
        ("Upgrade: H2C", "Connection: upgrade"),
        ("Upgrade: h2c", "Upgrade: websocket", "Connection: Upgrade"),
        ("Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade"),
        ("Upgrade: websocket, h2c", "Connection: Upgrade"),
        ("Upgrade: TLS/1.0", "Connection: Upgrade"),
    ],
)
def test_no_tunnel_past_the_check(guard, guarded, path, upgrade):
    """Over h2c a client could send more requests, with headers of its own, that the proxy does not see."""
    sent = ask(guard, guarded.sign(), *upgrade, path=path)
    if sent.status == 400:
        return
    received = sent.json()["headers"]
    assert [value for name, value in received if name == "upgrade" and value.lower() != "websocket"] == []
    assert [name for name, _ in received].count("upgrade") <= 1
