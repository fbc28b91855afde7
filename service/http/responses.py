"""Builds responses: the body of every refusal, the headers that every response has, and the bytes of the head."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus

from connexion.exceptions import ProblemException
from starlette.exceptions import HTTPException

from handlers.auth import JSON, Response
from security import errors
from security.errors import Problem
from service.api.request_context import RequestContext
from service.http import request_id
from service.http.cors import Cors, Headers

CLOSE = (b"connection", b"close")
NO_STORE = (b"cache-control", b"no-store")
NO_SNIFF = (b"x-content-type-options", b"nosniff")  # Fetch standard, section 3.6
VARY = (b"vary", b"Origin")
# Python has these phrases of RFC 9110 section 15.5 from 3.13 on; the service answers the same on each version.
PHRASES = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status, PHRASES.get(status, status.phrase).encode()) for status in HTTPStatus
}
CONTINUE = STATUS_LINES[100] + b"\r\n"
WITHOUT_LENGTH = (204, 304)  # a 204 has no body; in a 304 it would be the length of the 200 (RFC 9110 section 8.6)

# From the status of an exception that connexion or Starlette raised.
FRAMEWORK_PROBLEMS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        errors.BadRequest, errors.Unauthorized, errors.NotFound, errors.UnsupportedMediaType, errors.UnprocessableContent,
    )
}  # fmt: skip


def problem_of(error: Exception) -> Problem:
    """`error` as a Problem. Exceptions of connexion and Starlette are mapped by status; all others are InternalError."""
    if isinstance(error, Problem):
        return error
    status = error.status_code if isinstance(error, HTTPException) else 0
    if status == 405:
        return errors.MethodNotAllowed((error.headers or {}).get("Allow", ""))  # type: ignore[attr-defined]
    if isinstance(error, ProblemException):
        status = error.status
    kind = FRAMEWORK_PROBLEMS.get(status)
    if kind is None:
        return errors.InternalError(f"crash: {type(error).__name__}")
    return kind(f"framework: {status}")


class ResponseBuilder:
    """Builds the response to a problem, and the headers of each response."""

    def __init__(self, cors: Cors, challenge: str, hsts: str) -> None:
        self._cors = cors
        # RFC 9110 section 11.6.1 asks for a challenge with every 401.
        transport_security = [(b"strict-transport-security", hsts.encode("ascii"))] if hsts else []  # RFC 6797
        self._common = (NO_SNIFF, *transport_security, VARY)
        self._challenge = (b"www-authenticate", challenge.encode("ascii"))

    def error(self, problem: Problem) -> Response:
        """The response that tells a client about `problem`."""
        body = json.dumps(problem.members())
        headers = (JSON, *problem.headers)
        if problem.status == 401:
            headers += (self._challenge,)
        return Response(problem.status, body.encode("ascii"), headers)

    def headers(self, request: RequestContext, response: Response) -> Headers:
        """All headers of `response`, except for `date` and `connection`, which the protocol adds."""
        headers = [*response.headers, *self._common]
        if response is request.response and request.version is not None:  # not on errors
            headers += request.version.headers
        if not response.cacheable:
            headers.append(NO_STORE)
        headers.append((request_id.HEADER, request.request_id))
        if response.status not in WITHOUT_LENGTH:
            headers.append((b"content-length", b"%d" % len(response.body)))
        window = request.window
        if window is not None:
            headers += [
                (b"x-ratelimit-limit", b"%d" % window.limit),
                (b"x-ratelimit-remaining", b"%d" % max(0, window.limit - window.used)),
                (b"x-ratelimit-reset", b"%d" % window.reset),
            ]
        if b"origin" in request.headers:
            headers += self._cors.headers(request)
        return headers


def serialize_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The bytes of the status line and the headers (RFC 9112 section 2.1)."""
    pieces = [STATUS_LINES[status]]
    for name, value in headers:
        pieces += (name, b": ", value, b"\r\n")
    pieces.append(b"\r\n")
    return b"".join(pieces)
