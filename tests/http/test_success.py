"""The success: its bytes, its cookie, and what stays valid after it."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

from tests.support import versions
from tests.support.assertions import (
    REFRESH,
    assert_refreshed,
)


def test_success_is_these_bytes(service, token):
    """The response is exactly these headers in this order, each once, and this body."""
    reply = service.refresh(token, "X-Request-Id: success")
    assert re.fullmatch(
        rb"HTTP/1\.1 200 OK\r\n"
        rb"date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT\r\n"
        rb"content-type: application/json\r\n"
        rb"set-cookie: vk_org_token=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax\r\n"
        rb"verifa-session-ends: [0-9]{10}\r\n"
        rb"x-content-type-options: nosniff\r\n"
        rb"strict-transport-security: max-age=31536000\r\n"
        rb"vary: Origin\r\n"
        rb"verifa-version: " + versions.DEFAULT.encode() + rb"\r\n"
        rb"cache-control: no-store\r\n"
        rb"x-request-id: success\r\n"
        rb"content-length: 19\r\n"
        rb"x-ratelimit-limit: 1000000\r\n"
        rb"x-ratelimit-remaining: [0-9]{6}\r\n"
        rb"x-ratelimit-reset: [0-9]{10}\r\n"
        rb"connection: close\r\n"
        rb"\r\n"
        rb'\{"refreshed": true\}',
        reply.raw,
    )


def test_presented_token_stays_good_so_ten_tabs_all_get_200(service, token):
    """Ten simultaneous refreshes with one cookie give ten different tokens, and every one of them works."""
    with ThreadPoolExecutor(10) as tabs:
        tokens = {assert_refreshed(reply) for reply in tabs.map(service.refresh, [token] * 10)}
    assert len(tokens) == 10
    for fresh in [token, *tokens]:
        assert_refreshed(service.refresh(fresh))


def test_cookie_domain_stands_in_the_cookie_where_it_is_configured(start):
    """The cookie has a Domain only if one is configured."""
    running = start(COOKIE_DOMAIN="withverifa.com")
    reply = running.refresh(running.sign())
    assert (reply.header("set-cookie") or "").endswith("; SameSite=Lax; Domain=withverifa.com")


def test_answer_tells_when_the_session_ends(start):
    """Verifa-Session-Ends is the sign-in plus the maximum age in unix seconds, refresh after refresh."""
    running = start(MAX_SESSION_AGE="36000")
    signed_in = int(time.time()) - 7200
    token = running.sign(auth_time=signed_in)
    for _ in range(2):
        reply = running.refresh(token)
        assert reply.header("verifa-session-ends") == str(signed_in + 36000)
        token = assert_refreshed(reply)


def test_connection_serves_request_after_request(service, token):
    """A connection is kept alive after successes and failures, and each response is complete."""
    with service.connect() as connection:
        for cookie, status in ((token, 200), ("x", 401), (token, 200), ("y", 401), (token, 200)):
            head = f"POST {REFRESH} HTTP/1.1\r\nHost: x\r\nCookie: vk_org_token={cookie}\r\nContent-Length: 2\r\n\r\n"
            connection.sendall(head.encode() + b"{}")
            received = connection.recv(65536)
            shown, _, body = received.partition(b"\r\n\r\n")
            assert shown.startswith(f"HTTP/1.1 {status} ".encode())
            assert b"connection:" not in shown
            assert json.loads(body)
