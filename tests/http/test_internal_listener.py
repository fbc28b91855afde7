"""`serve --internal`: a second listener of the same workers, and two worlds that do not touch."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.assertions import REFRESH, assert_problem
from tests.support.identity_provider import PATHS
from tests.support.waiting import wait_for

ON_BOTH = ("/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", "/openapi.yaml", "/openapi.json")
PUBLIC = (
    REFRESH,
    "/docs",
    "/docs/page.js",
    "/docs/swagger-ui.css",
    "/docs/sign-out",
    "/docs.md",
    "/llms.txt",
    "/llms-full.txt",
)
INTERNAL = ("/verify", *PATHS)
HOSTS = ("127.0.0.1", "127.0.0.1:{internal}", "127.0.0.1:{public}", "internal", "localhost")


@pytest.fixture(scope="module", params=["1", "2"])
def both(request, start_shared):
    """A service with both listeners, and one worker or two."""
    return start_shared(
        "--internal", "127.0.0.1:0", "--workers", request.param, METRICS="true", RATE_LIMIT="1000000/minute",
        FAILURE_RATE_LIMIT="5/day", ALLOWED_ORIGINS="https://dashboard.example.com",
    )  # fmt: skip


def pipelined(client, *requests):
    """The statuses of the responses to several requests that are sent at once, on one connection."""
    *first, last = requests
    kept = b"".join(f"{line} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for line in first)
    return [
        each.status for each in client.talk(kept + f"{last} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    ]


def statuses(client, *requests):
    """The same, on as many connections as it takes to reach each worker."""
    found = [pipelined(client, *requests) for _ in range(8)]
    assert all(each == found[0] for each in found), found
    return found[0]


def test_each_path_is_on_its_own_listener_only(both):
    """What is served on the other listener is not there at all, for whatever method, request after request."""
    for method in ("GET", "POST", "PUT", "PROPFIND"):
        assert set(statuses(both.internal, *(f"{method} {path}" for path in PUBLIC))) == {404}
        assert set(statuses(both, *(f"{method} {path}" for path in INTERNAL))) == {404}
    assert set(statuses(both.internal, "GET /verify", "POST /verify")) == {401}
    assert set(statuses(both.internal, *(f"GET {endpoint}" for endpoint in PATHS))) == {405}
    assert pipelined(both.internal, f"GET {REFRESH}", "GET /verify", f"POST {REFRESH}", "GET /healthz") == [
        404,
        401,
        404,
        200,
    ]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_nothing_in_a_request_leads_to_the_other_listener(both, host, version):
    """No Host, no absolute-form target and no HTTP/1.0: the listening socket alone decides."""
    name = host.format(internal=both.internal.port, public=both.port)
    for client, paths in ((both, INTERNAL), (both.internal, PUBLIC)):
        for path in paths:
            for target in (path, f"http://{name}{path}", f"http://127.0.0.1:{client.port}{path}"):
                request = f"GET {target} HTTP/{version}\r\nHost: {name}\r\nConnection: close\r\n"
                forwarded = f"X-Forwarded-Host: {name}\r\nX-Original-URL: {path}\r\nX-Rewrite-URL: {path}\r\n\r\n"
                assert_problem(client.raw((request + forwarded).encode()), 404)


def test_monitoring_and_keys_are_on_both(both):
    """With the same content; the document is the listener's own."""
    for path in ON_BOTH:
        for client in (both, both.internal):
            reply = client.get(path)
            assert reply.status == 200, path
    assert both.get("/.well-known/jwks.json").body == both.internal.get("/.well-known/jwks.json").body
    assert both.get("/openapi.json").json()["paths"].keys() == {REFRESH}
    assert both.internal.get("/openapi.json").json()["paths"].keys() == set(INTERNAL)
    assert both.internal.get("/nowhere").status == 404
    assert_problem(both.internal.request(method="POST", path="/healthz"), 405)


def test_page_is_nobody_on_the_internal_listener(both):
    """No origin is checked and no CORS header sent; a preflight is a request like any other."""
    page = ("Origin: https://dashboard.example.com", "Sec-Fetch-Site: cross-site")
    token = both.sign()
    for headers in (page, ("Origin: null",), ("Origin: https://evil.example",)):
        replies = [
            both.internal.get("/verify", f"Cookie: vk_org_token={token}", *headers),
            both.internal.get("/verify", *headers),
            both.internal.request("Access-Control-Request-Method: GET", *headers, method="OPTIONS", path="/verify"),
        ]
        assert [reply.status for reply in replies] == [200, 401, 401]
        assert [name for reply in replies for name, _ in reply.headers if name.startswith("access-control")] == []
    assert both.request("Access-Control-Request-Method: GET", *page, method="OPTIONS", path="/verify").status == 404


def test_proxy_is_never_limited(both):
    """Any number of refusals goes to one address: a 429 would keep out everybody who is behind that proxy."""
    for _ in range(10):
        reply = both.internal.get("/verify")
        assert_problem(reply, 401)
        assert not [name for name, _ in reply.headers if name.startswith("x-ratelimit")]
    assert both.internal.get("/verify", f"Cookie: vk_org_token={both.sign()}").status == 200


def is_counted(service, route):
    """Whether the metrics show a 200 of that operation."""
    return f'route="{route}",status="200"' in service.internal.get("/metrics").body.decode()


def test_log_and_metrics_tell_which_listener(both):
    """The line has the listener's name and the client that the proxy names; the metrics have the operation."""
    for client, name, route in ((both, "public", "refreshAuthSession"), (both.internal, "internal", "verifySession")):
        path = REFRESH if name == "public" else "/verify"
        cookie = f"Cookie: vk_org_token={both.sign(sid='logged')}"
        reply = client.request(cookie, "X-Forwarded-For: 192.0.2.7", path=path)
        line = both.log.request(reply.header("x-request-id"))
        assert [line[each] for each in ("listener", "route", "status", "sid", "client", "level")] == [
            name, route, 200, "logged", "192.0.2.7", "info",
        ]  # fmt: skip
        wait_for(partial(is_counted, both, route), f"{route} in the metrics")


def test_limits_of_a_message_hold_on_both(both):
    """Head, body and framing are read as on the public listener, and refused in the same words. Statements may be longer."""
    attacks = {
        "large head": (b"GET /verify HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 17_000 + b"\r\n\r\n", 431),
        "large body": (b"GET /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n", 413),
        "no Host": (b"GET /verify HTTP/1.1\r\n\r\n", 400),
        "two lengths": (b"GET /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        "CONNECT": (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400),
    }
    for name, (attack, status) in attacks.items():
        replies = [client.raw(attack) for client in (both, both.internal)]
        assert [reply.status for reply in replies] == [status, status], name
        told = [reply.json()["detail"] for reply in replies]
        assert told[0] == told[1].replace("16,384 bytes", "1,024 bytes" if status == 413 else "16,384 bytes"), name
