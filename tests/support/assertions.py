"""What holds for every answer, as checks that each test of this folder can make."""

from __future__ import annotations

import re
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
    413: ("payload_too_large", "Request Entity Too Large"),
    415: ("unsupported_media_type", "Unsupported Media Type"),
    422: ("validation_error", "Unprocessable Entity"),
    429: ("rate_limited", "Too Many Requests"),
    431: ("headers_too_large", "Request Header Fields Too Large"),
    503: ("unavailable", "Service Unavailable"),
}
LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def holds_for_every_answer(reply: Reply) -> None:
    """The headers that each answer carries, each of them once, and nothing that tells what made it."""
    assert reply.raw, "the connection was closed without an answer"
    assert re.match(rb"HTTP/1\.1 [1-5][0-9]{2} [A-Za-z ]+\r\n", reply.raw)
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("strict-transport-security") == "max-age=31536000; includeSubDomains"
    assert reply.header("vary") == "Origin"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", reply.header("x-request-id") or "")
    assert not reply.all("server")
    assert not reply.all("x-powered-by")
    sent = parsedate_to_datetime(reply.header("date") or "").timestamp()
    assert abs(sent - time.time()) < 5
    assert "no-store" in reply.all("cache-control") or reply.all("etag")
    names = [name for name, _ in reply.headers]
    assert len(names) == len(set(names))


def is_problem(reply: Reply, status: int) -> None:
    """The failure `status`, whole: its body has exactly three members, and no cookie comes with it."""
    holds_for_every_answer(reply)
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
    if status in (403, 404, 405, 413, 431):
        assert not any(reply.all(name) for name in LIMIT_HEADERS)


def is_refreshed(reply: Reply) -> str:
    """The success; its new token."""
    holds_for_every_answer(reply)
    assert (reply.status, reply.body) == (200, b'{"refreshed": true}'), reply.raw
    found = re.fullmatch(
        r"vk_org_token=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+); Max-Age=28800; Path=/; HttpOnly; Secure; "
        r"SameSite=Lax",
        reply.header("set-cookie") or "",
    )
    assert found
    return found[1]
