"""Cross-origin requests of allowed pages: preflights, and the headers of every response (Fetch standard, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.auth import Response
from service.api.contract import Contract
from service.api.request_context import RequestContext

Headers = list[tuple[bytes, bytes]]

# The headers that a page may send, beside those that the document names: libraries add some of them to every request.
REQUEST_HEADERS = (
    "X-Request-Id", "Idempotency-Key", "traceparent", "tracestate", "baggage", "sentry-trace", "X-Requested-With",
)  # fmt: skip
MAX_AGE_SECONDS = 7200


class Cors:
    """The allowed origins, and what their pages are told about the paths of the contract."""

    def __init__(self, allowed: Iterable[str], contract: Contract) -> None:
        self._headers: dict[bytes, Headers] = {
            origin.encode("ascii"): [
                (b"access-control-allow-origin", origin.encode("ascii")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", contract.exposed_headers.encode("ascii")),
            ]
            for origin in allowed
        }
        allowed_headers = ("Content-Type", *contract.request_headers, *REQUEST_HEADERS)
        common = (
            (b"access-control-allow-headers", ", ".join(allowed_headers).encode("ascii")),
            (b"access-control-max-age", b"%d" % MAX_AGE_SECONDS),
        )
        self._preflights = {
            path: Response(204, b"", ((b"access-control-allow-methods", ", ".join(names).encode("ascii")), *common))
            for path, names in contract.methods.items()
        }
        self._allowed_headers = {name.lower().encode("ascii") for name in allowed_headers}

    def __contains__(self, origin: object) -> bool:
        return origin in self._headers

    def headers(self, request: RequestContext) -> Headers:
        """The headers of every response to a page of an allowed origin."""
        origin = request.header(b"origin")
        return self._headers.get(origin, []) if origin is not None else []

    def preflight(self, request: RequestContext) -> Response | None:
        """The response to a preflight; None if `request` is none. Raises Forbidden for an origin that is not allowed."""
        if request.method != "OPTIONS" or b"access-control-request-method" not in request.headers:
            return None
        response = self._preflights.get(request.path)
        if response is not None:
            request.check_origin(self)
            wanted = (request.header(b"access-control-request-headers") or b"").lower().split(b",")
            if any(name.strip() not in self._allowed_headers for name in wanted if name.strip()):
                request.reason = "preflight: header that is not allowed"  # the browser will not send the request
        return response
