"""One request, and what is learned about it on its way."""

from __future__ import annotations

import re
import secrets
from collections.abc import Container, Sequence
from typing import Any, NamedTuple

from handlers.auth import Answer
from security import origin
from security.api_keys import ApiKey
from security.tokens import Session
from service.contract import Version

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# The protocol keeps no others, whatever a client sends.
HEADERS_READ = frozenset(
    {
        b"access-control-request-method",
        b"content-length",
        b"content-type",
        b"cookie",
        b"expect",
        b"host",
        b"if-none-match",
        b"origin",
        b"sec-fetch-site",
        b"transfer-encoding",
        b"verifa-version",
        b"x-forwarded-for",
        b"x-api-key",
        b"x-request-id",
    }
)


def request_id(given: Sequence[bytes]) -> bytes:
    """The id that the caller gave, if it gave one that is well formed; else a new one."""
    if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]):
        return given[0]
    return secrets.token_hex(10).encode("ascii")


class Window(NamedTuple):
    """The state of a rate limit: how many requests it allows, how many came, when it starts anew (unix seconds)."""

    limit: int
    used: int
    reset: int

    def seconds_left(self, now: float) -> int:
        """Whole seconds from `now` until the window starts anew, at least one."""
        return max(1, self.reset - int(now))


class Exchange:
    """A request's headers, read in one pass, and what each layer found out; it stands in the ASGI scope."""

    __slots__ = (
        "answer", "api_key", "api_keys", "beside", "body", "client", "cookies", "headers", "method", "now", "operation",
        "path", "reason", "request_id", "session", "version", "window",
    )  # fmt: skip

    def __init__(self, scope: Any, now: float) -> None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            value = value.rstrip(b" \t")  # the parser leaves it (RFC 9110 section 5.5)
            if name in headers:
                headers[name].append(value)
            else:
                headers[name] = [value]
        self.headers = headers
        self.now = now
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.client: str = scope["client"][0] if scope["client"] else ""
        self.cookies = headers.get(b"cookie", ())
        self.api_keys = headers.get(b"x-api-key", ())
        self.request_id = request_id(headers.get(b"x-request-id", ()))
        self.operation = ""  # the operationId, once routed to one
        self.beside = ""  # or the path beside the contract
        self.body = b""
        self.session: Session | None = None
        self.api_key: ApiKey | None = None
        self.version: Version | None = None
        self.window: Window | None = None
        self.answer: Answer | None = None
        self.reason = ""

    def header(self, name: bytes) -> bytes | None:
        """The value of a header; several are joined by commas, which no single value of those we read once can hold."""
        values = self.headers.get(name)
        return None if values is None else b",".join(values)

    def check_origin(self, allowed: Container[bytes]) -> None:
        """Raises Forbidden for a page of another origin that is not in `allowed`."""
        origin.check(self.header(b"origin"), self.header(b"sec-fetch-site"), self.header(b"host"), allowed)
