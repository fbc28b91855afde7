"""Origin and Sec-Fetch-Site: a request from a page of another origin is refused."""

from __future__ import annotations

import itertools

import pytest

from tests.support.assertions import DASHBOARD, REFRESH, assert_problem, assert_refreshed

SITES = [None, "same-origin", "none", "same-site", "cross-site", "", "SAME-ORIGIN", "x"]


ORIGINS = {
    None: None,
    "allowed": DASHBOARD,
    "the other allowed one": "http://localhost:3000",
    "own": "http://127.0.0.1",
    "own, of the other scheme": "https://127.0.0.1",
    "own, default port": "http://127.0.0.1:80",
    "null": "null",
    "evil": "https://evil.example",
    "allowed, other port": DASHBOARD + ":8443",
    "allowed, other scheme": DASHBOARD.replace("https", "http"),
    "allowed, capitals": DASHBOARD.upper(),
    "allowed, a slash": DASHBOARD + "/",
    "allowed as a suffix": "https://evil-dashboard.example.com",
    "allowed as a prefix": DASHBOARD + ".evil.example",
    "allowed with a user": "https://evil@dashboard.example.com",
    "two": f"{DASHBOARD} https://evil.example",
    "own, other port": "http://127.0.0.1:81",
    "empty": "",
    "file": "file://",
}


ALLOWED = {"allowed", "the other allowed one"}


OWN = {"own", "own, of the other scheme", "own, default port"}


@pytest.mark.parametrize(("origin", "site"), list(itertools.product(ORIGINS, SITES)))
def test_browser_request_of_another_origin_is_refused(service, token, origin, site):
    """Each pair of Origin and Sec-Fetch-Site passes or gets 403, by the rule of the interface."""
    headers = [] if origin is None else [f"Origin: {ORIGINS[origin]}"]
    headers += [] if site is None else [f"Sec-Fetch-Site: {site}"]
    passes = (
        origin in ALLOWED or site in ("same-origin", "none") or (site is None and (origin is None or origin in OWN))
    )
    if origin == "null" and site in ("same-origin", "none"):
        passes = False  # "never passes"
    reply = service.refresh(token, *headers)
    if passes:
        assert_refreshed(reply)
    else:
        assert_problem(reply, 403)
    assert reply.header("access-control-allow-origin") == (ORIGINS[origin] if origin in ALLOWED else None)


def test_origin_given_twice_is_refused(service, token):
    """Two Origin headers are a 403, and so are two Sec-Fetch-Site headers."""
    assert_problem(service.refresh(token, f"Origin: {DASHBOARD}", f"Origin: {DASHBOARD}"), 403)
    assert_problem(service.refresh(token, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"), 403)


def test_own_origin_is_that_of_the_host_header(service, token):
    """An Origin is our own if its host and port equal those of Host, whatever address the client connected to."""
    for host, origin, status in (
        ("api.example.com", "https://api.example.com", 200),
        ("api.example.com:8443", "https://api.example.com:8443", 200),
        ("API.example.com", "https://api.EXAMPLE.com", 200),
        ("[::1]:8080", "http://[::1]:8080", 200),
        ("api.example.com:8443", "https://api.example.com", 403),
        ("api.example.com", "https://api.example.com.evil.example", 403),
        ("", "https://", 403),
        ("", "null", 403),
    ):
        lines = [f"POST {REFRESH} HTTP/1.1", f"Host: {host}", f"Origin: {origin}", f"Cookie: vk_org_token={token}"]
        reply = service.raw("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        assert reply.status == status, (host, origin)


ELSEWHERE = [f"Origin: {DASHBOARD}", "Sec-Fetch-Site: cross-site"]
SIBLING = [f"Origin: {DASHBOARD}", "Sec-Fetch-Site: same-site"]
WITHOUT = "cookie: none, and none comes from another site (SameSite=Lax)"
NO_COOKIE = {
    "from another site": (ELSEWHERE, 403, WITHOUT),
    "with other cookies": ([*ELSEWHERE, "Cookie: a=b; vk_org_toke=x"], 403, WITHOUT),
    "with an API key": ([*ELSEWHERE, "X-API-Key: vk_live_x"], 403, WITHOUT),
    "with an unknown version": ([*ELSEWHERE, "Verifa-Version: x"], 403, WITHOUT),
    "with a bad cookie": ([*ELSEWHERE, "Cookie: vk_org_token=x"], 401, "token: not three base64url parts"),
    "with an empty one": ([*ELSEWHERE, "Cookie: vk_org_token="], 401, "token: not three base64url parts"),
    "from a sibling site": (SIBLING, 401, "cookie: none"),
    "from our own": ([f"Origin: {DASHBOARD}", "Sec-Fetch-Site: same-origin"], 401, "cookie: none"),
    "from the address bar": (["Sec-Fetch-Site: none"], 401, "cookie: none"),
    "without the header": ([f"Origin: {DASHBOARD}"], 401, "cookie: none"),
    "from a page that is not allowed": (
        ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"], 403, "origin: another site, not allowed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "status", "reason"), NO_COOKIE.values(), ids=NO_COOKIE)
def test_page_of_another_site_without_our_cookie_is_not_told_to_sign_in(service, headers, status, reason):
    """No SameSite=Lax cookie comes from there, so to sign in again would not help: 403, and the log says why."""
    reply = service.refresh(None, *headers)
    assert_problem(reply, status)
    assert service.reason_of(reply) == reason
    allowed = DASHBOARD if f"Origin: {DASHBOARD}" in headers else None
    assert reply.header("access-control-allow-origin") == allowed, "an allowed page can read its 403"


def test_size_and_path_go_before_the_cookie_that_cannot_come(service):
    """What is too large, or no operation, is told as ever; an operation that needs no cookie does not ask for it."""
    assert_problem(service.refresh(None, *ELSEWHERE, body=b" " * 1025), 413)
    assert_problem(service.request(*ELSEWHERE, path="/api/v1/auth/other"), 404)
    assert_problem(service.request(*ELSEWHERE, method="GET"), 405)
    assert service.get("/healthz", *ELSEWHERE).status == 200
