"""Turns whatever was raised into the one shape of failure, and adds what every answer carries."""

from __future__ import annotations

import json
from collections.abc import Iterable

from connexion.exceptions import ProblemException
from starlette.exceptions import HTTPException

from handlers.auth import JSON, Answer
from security import errors
from security.errors import Problem

Headers = list[tuple[bytes, bytes]]

CLOSE = (b"connection", b"close")  # what else the client sends is not read (RFC 9112 section 9.6)
NO_STORE = (b"cache-control", b"no-store")
EVERY_ANSWER: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),  # Fetch standard, section 3.6
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),  # RFC 6797
    (b"vary", b"Origin"),
)
# RFC 9110 section 11.6.1 asks for a challenge with every 401; "Cookie" opens no dialogue in a browser.
CHALLENGE = (b"www-authenticate", b'Cookie realm="session" cookie-name="vk_org_token"')

_BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        errors.BadRequest,
        errors.Unauthorized,
        errors.NotFound,
        errors.PayloadTooLarge,
        errors.UnsupportedMediaType,
        errors.UnprocessableContent,
    )
}


def problem_of(error: Exception) -> Problem:
    """`error` as a Problem: itself, or its like for what connexion and Starlette raise, or InternalError."""
    if isinstance(error, Problem):
        return error
    status = error.status_code if isinstance(error, HTTPException) else 0
    if status == 405:
        return errors.MethodNotAllowed((error.headers or {}).get("Allow", ""))  # type: ignore[attr-defined]
    if isinstance(error, ProblemException):
        status = error.status
    kind = _BY_STATUS.get(status)
    if kind is None:
        return errors.InternalError(f"crash: {type(error).__name__}")
    return kind(f"framework: {status}")


def answer_of(problem: Problem) -> Answer:
    """The answer that tells a client about `problem`."""
    body = json.dumps({"error": problem.code, "detail": problem.detail, "status_code": problem.status})
    headers = (JSON, *problem.headers)
    if problem.status == 401:
        headers += (CHALLENGE,)
    return Answer(problem.status, body.encode("ascii"), headers)


class Cors:
    """The CORS headers of the allowed origins (Fetch standard, section 3.2)."""

    def __init__(self, allowed: Iterable[str], exposed: str) -> None:
        self._headers = {
            origin.encode("ascii"): [
                (b"access-control-allow-origin", origin.encode("ascii")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", exposed.encode("ascii")),
            ]
            for origin in allowed
        }

    def __contains__(self, origin: object) -> bool:
        return origin in self._headers

    def headers(self, origin: bytes | None) -> Headers:
        """What an answer to a page of `origin` carries."""
        return self._headers.get(origin, []) if origin is not None else []


PREFLIGHT = Answer(
    204,
    b"",
    (
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"Content-Type, X-API-Key, Verifa-Version"),
        (b"access-control-max-age", b"7200"),
    ),
)
