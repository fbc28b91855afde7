"""One request, and what is learned about it on its way."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from handlers.auth import Response
from security import origin
from security.authentication import Identity
from security.errors import Problem
from service.api.versions import Version


class Window(NamedTuple):
    """A rate limit's current window: how many requests it allows, how many came, when it ends (unix seconds)."""

    limit: int
    used: int
    reset: int


class RequestContext:
    """A complete request, as the protocol read it. It travels in the ASGI scope, and each layer adds what it finds.

    `headers` maps a name in lower case to the values of all headers of that name. `problem` is set if the request could
    not be read to its end; then only what was read before is there.
    """

    __slots__ = (
        "body", "client", "headers", "identity", "listener", "method", "now", "operation", "organisation", "path", "problem",
        "query", "reason", "request_id", "response", "route", "session_id", "thumbprint", "unlimited", "version", "window",
    )  # fmt: skip

    def __init__(
        self,
        *,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, Sequence[bytes]],
        body: bytes,
        client: str,
        request_id: bytes,
        listener: str = "public",
        problem: Problem | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client  # the address
        self.request_id = request_id
        self.listener = listener  # the name of the one that it came in on
        self.problem = problem
        self.now = 0.0  # unix seconds: the one clock reading of this request
        self.operation: str | None = None  # the operationId
        self.route = "none"  # for log and metrics: the operationId, or the path of an operational endpoint
        self.identity = Identity()
        self.session_id: str | None = None  # for the log: also of a session that was refused
        self.organisation: str | None = None  # the same
        self.thumbprint: str | None = None  # for the log: of the key of the device that the session is bound to
        self.unlimited = False  # whether no limit counts it
        self.version: Version | None = None
        self.window: Window | None = None  # of the rate limit that counted this request
        self.response: Response | None = None
        self.reason = ""  # why it was refused, for log and metrics

    def header(self, name: bytes) -> bytes | None:
        """The value of a header. Several are joined by commas, which no value that we accept contains."""
        values = self.headers.get(name)
        return None if values is None else b",".join(values)

    def check_origin(self, allowed: Container[bytes]) -> None:
        """Raises Forbidden if the request comes from a page of another origin that is not in `allowed`."""
        origin.check(self.header(b"origin"), self.header(b"sec-fetch-site"), self.header(b"host"), allowed)

    def check_cookie_can_come(self) -> None:
        """Raises Forbidden if the request, which has no cookie, comes from where our cookie is never sent."""
        origin.check_cookie_can_come(self.header(b"sec-fetch-site"))
