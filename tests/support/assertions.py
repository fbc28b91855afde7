"""Assertions that many tests make: about a response, and about a command that fails."""

from __future__ import annotations

import re
import subprocess
import time
from email.utils import parsedate_to_datetime

from tests.support.replies import Reply

REFRESH = "/api/v1/auth/refresh"
DASHBOARD = "https://dashboard.example.com"
CODES = {
    400: ("bad_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not Found"),
    405: ("method_not_allowed", "Method Not Allowed"),
    413: ("payload_too_large", "Content Too Large"),
    415: ("unsupported_media_type", "Unsupported Media Type"),
    422: ("validation_error", "Unprocessable Content"),
    429: ("rate_limited", "Too Many Requests"),
    431: ("headers_too_large", "Request Header Fields Too Large"),
    503: ("unavailable", "Service Unavailable"),
}
UNAUTHORIZED = b'{"error": "unauthorized", "detail": "Sign in again.", "status_code": 401}'
LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def assert_common_headers(reply: Reply) -> None:
    """The response has the headers that every response has, each once, and none that names the software."""
    assert reply.raw, "the connection was closed without an answer"
    assert re.match(rb"HTTP/1\.1 [1-5][0-9]{2} [A-Za-z ]+\r\n", reply.raw)
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("strict-transport-security") == "max-age=31536000"
    assert reply.header("vary") == "Origin"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", reply.header("x-request-id") or "")
    assert not reply.all("server")
    assert not reply.all("x-powered-by")
    sent = parsedate_to_datetime(reply.header("date") or "").timestamp()
    assert abs(sent - time.time()) < 5
    assert "no-store" in reply.all("cache-control") or reply.all("etag")
    names = [name for name, _ in reply.headers]
    assert len(names) == len(set(names))


def assert_problem(reply: Reply, status: int) -> None:
    """The response is the failure `status`: its body has exactly three members, and it sets no cookie."""
    assert_common_headers(reply)
    assert reply.status == status, reply.raw
    code, phrase = CODES[status]
    assert reply.raw.startswith(f"HTTP/1.1 {status} {phrase}\r\n".encode())
    assert reply.header("content-type") == "application/json"
    assert reply.header("content-length") == str(len(reply.body))
    body = reply.json()
    assert list(body) == ["error", "detail", "status_code"]
    assert (body["error"], body["status_code"]) == (code, status)
    assert re.fullmatch(r"[A-Z][ -~]+\.", body["detail"])
    assert reply.header("cache-control") == "no-store"
    assert not reply.all("set-cookie")
    assert bool(reply.all("www-authenticate")) == (status == 401)
    assert bool(reply.all("allow")) == (status == 405)
    assert bool(reply.all("retry-after")) == (status in (429, 503))
    if status in (404, 405, 413, 431, 503):
        assert not any(reply.all(name) for name in LIMIT_HEADERS)


def assert_refreshed(reply: Reply) -> str:
    """The response is the success; returns its new token."""
    assert_common_headers(reply)
    assert (reply.status, reply.body) == (200, b'{"refreshed": true}'), reply.raw
    found = re.fullmatch(
        r"vk_org_token=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+); Max-Age=28800; Path=/; HttpOnly; Secure; "
        r"SameSite=Lax",
        reply.header("set-cookie") or "",
    )
    assert found
    return found[1]


def assert_fails(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """The command exited with `status`, printed nothing on stdout and one line on stderr, which has these words in it."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
