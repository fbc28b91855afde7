"""Requests that lead to every answer that openapi.yaml describes, each with the service it needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from tests.support import versions
from tests.support.document import PATH
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.waiting import wait_for

ORIGIN = "https://dashboard.example.com"


PAGE = f"Origin: {ORIGIN}"


HUGE = "X-Filler: " + "x" * 20000


class Case(NamedTuple):
    """A request: the service it goes to, how it is sent, and the status of the response."""

    at: str
    ask: Callable[[Service], Reply]
    status: int


def refresh(*headers: str, body: bytes = b"", sid: str | None = None) -> Callable[[Service], Reply]:
    """The documented call with a good session, and more headers or a body."""
    return lambda service: service.refresh(service.login(sid=sid), *headers, body=body)


def without_session(*headers: str) -> Callable[[Service], Reply]:
    """The documented call without a session."""
    return lambda service: service.refresh(None, *headers)


def raw(*lines: str, body: bytes = b"") -> Callable[[Service], Reply]:
    """The documented call with these header lines and no others."""
    head = "\r\n".join([f"POST {PATH} HTTP/1.1", "Connection: close", *lines, "", ""]).encode()
    return lambda service: service.raw(head + body)


def second_time(case: Callable[[Service], Reply]) -> Callable[[Service], Reply]:
    """Sends the request twice, and gives the second response."""

    def ask(service: Service) -> Reply:
        case(service)
        return case(service)

    return ask


def with_key(service: Service) -> Reply:
    """The documented call with an API key that pins the older version, once the service knows the key."""
    key = service.cli("api-keys", "create", "--org", "org-1", "--version", versions.OTHER).stdout.strip()
    pinned = refresh(f"X-API-Key: {key}")
    wait_for(lambda: pinned(service).status == 200, "the API key")
    return pinned(service)


def without_store(*headers: str) -> Callable[[Service], Reply]:
    """The documented call of a session that signed in before the store was lost."""
    return lambda service: service.refresh((service.folder / "token").read_text(), *headers)


def ahead(*headers: str) -> Callable[[Service], Reply]:
    """The documented call with a token of a clock that is an hour ahead."""
    return lambda service: service.refresh(service.sign(iat=int(time.time()) + 3600), *headers)


def too_long(*headers: str) -> Callable[[Service], Reply]:
    """The documented call with a token that is as long as a cookie may be, before `jti` and `auth_time` are added."""
    return lambda service: service.refresh(service.longest(4084), *headers)


JSON = "Content-Type: application/json"


TEXT = "Content-Type: text/plain"


CASES = {
    "a fresh cookie": Case("plain", refresh(), 200),
    "a fresh cookie for a page": Case("plain", refresh(PAGE, JSON, body=b"{}"), 200),
    "a fresh cookie that a device can be bound to": Case("binding", refresh(), 200),
    "a cookie with a Domain": Case("domain", refresh(), 200),
    **{f"version {name}": Case("plain", refresh(f"Verifa-Version: {name}"), 200) for name in versions.OFFERED},
    "the version of an API key": Case("plain", with_key, 200),
    "a version that is no version": Case("plain", refresh("Verifa-Version: new"), 400),
    "a version that is not on offer": Case("plain", refresh("Verifa-Version: 2020-01-01", PAGE), 400),
    "a body that is no JSON": Case("plain", refresh(JSON, body=b"\xff"), 400),
    "no Host": Case("plain", raw(PAGE), 400),
    "broken HTTP": Case("plain", raw("Host: 127.0.0.1", "no colon"), 400),
    "chunks that are none": Case(
        "plain", raw("Host: 127.0.0.1", PAGE, "Transfer-Encoding: chunked", body=b"zz\r\n"), 400
    ),
    "no cookie": Case("plain", without_session(), 401),
    "no cookie, from a page": Case("plain", without_session(PAGE), 401),
    "a cookie that is no token": Case("plain", lambda service: service.refresh("x"), 401),
    "an unknown API key": Case("plain", refresh("X-API-Key: vk_live_x"), 401),
    "a foreign page": Case("plain", refresh("Origin: https://evil.example"), 403),
    "a cross-site request": Case("plain", refresh("Sec-Fetch-Site: cross-site"), 403),
    "a page of another site without the cookie": Case(
        "plain", without_session(PAGE, "Sec-Fetch-Site: cross-site"), 403
    ),
    "a token from the future": Case("plain", ahead(PAGE), 503),
    "a token whose successor is too long": Case("plain", too_long(PAGE), 503),
    "a long body": Case("plain", refresh(JSON, body=b" " * 1025), 413),
    "a long body from a page": Case("plain", refresh(JSON, PAGE, body=b" " * 1025), 413),
    "a long body in chunks": Case(
        "plain", raw("Host: 127.0.0.1", "Transfer-Encoding: chunked", body=b"401\r\n" + b" " * 1025 + b"\r\n"), 413
    ),
    "text": Case("plain", refresh(TEXT, body=b"{}"), 415),
    "text from a page": Case("plain", refresh(TEXT, PAGE, body=b"{}"), 415),
    "null": Case("plain", refresh(JSON, body=b"null"), 422),
    "a member, from a page": Case("plain", refresh(JSON, PAGE, body=b'{"a": 1}'), 422),
    "a session that came too often": Case("limited", second_time(refresh(sid="s-1")), 429),
    "a page that came too often": Case("limited", second_time(refresh(PAGE, sid="s-2")), 429),
    "an address that was refused too often": Case("limited by address", second_time(without_session(PAGE)), 429),
    "a large header": Case("plain", without_session(HUGE), 431),
    "a large header from a page": Case("plain", without_session(PAGE, HUGE), 431),
    "a crash before the limiter": Case("crashing early", refresh(PAGE), 500),
    "a crash after the limiter": Case("crashing late", refresh(), 500),
    "no store": Case("without a store", without_store(), 503),
    "no store, from a page": Case("without a store", without_store(PAGE), 503),
}  # fmt: skip
