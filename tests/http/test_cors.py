"""CORS: allowed origins are answered by name, all others get no CORS header."""

from __future__ import annotations

import pytest

from tests.support.assertions import (
    DASHBOARD,
    REFRESH,
    assert_common_headers,
    assert_problem,
    assert_refreshed,
)

EXPOSED = (
    "Date, Deprecation, Link, Retry-After, Sunset, Verifa-Session-Ends, Verifa-Version, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
)


def preflight(service, origin, method="POST", path=REFRESH, *headers, wanted="verifa-version"):
    asked = ("Access-Control-Request-Method: " + method, "Access-Control-Request-Headers: " + wanted)
    return service.request(f"Origin: {origin}", *asked, *headers, method="OPTIONS", path=path)


@pytest.mark.parametrize("origin", [DASHBOARD, "http://localhost:3000"])
def test_preflight_of_an_allowed_origin_is_answered(service, origin):
    """204 without a body: the method, the request headers, a max age. No cookie is needed."""
    reply = preflight(service, origin)
    assert_common_headers(reply)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.header("access-control-allow-origin") == origin
    assert reply.header("access-control-allow-credentials") == "true"
    assert reply.header("access-control-allow-methods") == "POST"
    assert reply.header("access-control-allow-headers") == (
        "Content-Type, X-API-Key, Verifa-Version, X-Request-Id, Idempotency-Key, traceparent, tracestate, baggage, "
        "sentry-trace, X-Requested-With"
    )
    assert int(reply.header("access-control-max-age") or 0) > 0
    assert not reply.all("content-length")
    assert not reply.all("set-cookie")


def test_preflight_of_a_browser_is_answered(service):
    """A preflight with the browser's Fetch Metadata headers gets a 204."""
    reply = preflight(service, DASHBOARD, "POST", REFRESH, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors")
    assert reply.status == 204


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("", None),
        ("traceparent", None),
        ("content-type, X-API-KEY,baggage , sentry-trace", None),
        ("authorization", "preflight: header that is not allowed"),
        ("content-type, x-custom", "preflight: header that is not allowed"),
    ],
)
def test_preflight_for_another_header_is_logged(service, wanted, reason):
    """The browser will not send that request, and its page learns nothing: so the log must say why."""
    reply = preflight(service, DASHBOARD, wanted=wanted)
    assert reply.status == 204
    assert service.reason_of(reply) == reason


@pytest.mark.parametrize("origin", ["https://evil.example", "null", DASHBOARD + ":444", "*"])
def test_preflight_of_any_other_origin_is_refused(service, origin):
    """The response is a 403 without any CORS header."""
    reply = preflight(service, origin)
    assert_problem(reply, 403)
    assert not [name for name, _ in reply.headers if name.startswith("access-control-")]


def test_no_wildcard_ever(service, token):
    """An allowed origin is named exactly, any other not at all."""
    for origin in (DASHBOARD, "https://evil.example", "null", "*"):
        reply = service.refresh(token, f"Origin: {origin}")
        assert "*" not in reply.all("access-control-allow-origin")


FAILURES: dict[str, tuple[int, list[str], str, bytes]] = {
    "400": (400, ["Verifa-Version: x"], REFRESH, b""),
    "401": (401, ["X-API-Key: x"], REFRESH, b""),
    "404": (404, [], "/nowhere", b""),
    "413": (413, [], REFRESH, b" " * 1025),
    "415": (415, ["Content-Type: text/plain"], REFRESH, b"x"),
    "422": (422, [], REFRESH, b"null"),
    "431": (431, ["X-Filler: " + "x" * 20000], REFRESH, b""),
    "broken HTTP": (400, ["X: y", "no colon"], REFRESH, b""),
}


@pytest.mark.parametrize(("status", "headers", "path", "body"), FAILURES.values(), ids=FAILURES)
def test_failure_is_readable_by_an_allowed_page(service, token, status, headers, path, body):
    """Every failure has the CORS headers, so that a page of an allowed origin can read it."""
    reply = service.request(f"Cookie: vk_org_token={token}", f"Origin: {DASHBOARD}", *headers, path=path, body=body)
    assert_problem(reply, status)
    assert reply.header("access-control-allow-origin") == DASHBOARD
    assert reply.header("access-control-allow-credentials") == "true"
    assert reply.header("access-control-expose-headers") == EXPOSED


def test_own_origin_needs_no_cors(service, token):
    """A request of the service's own origin passes, and gets no CORS headers."""
    reply = service.refresh(token, "Origin: http://127.0.0.1")
    assert_refreshed(reply)
    assert not reply.all("access-control-allow-origin")
