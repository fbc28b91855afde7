"""Cross-origin requests from allowed origins: preflights, and the headers of responses (Fetch standard, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.auth import Response
from service.api.contract import Contract
from service.api.request_context import RequestContext

Headers = list[tuple[bytes, bytes]]

# What a page may send, beside Content-Type and the headers in the document. Some libraries add these to each request.
OTHER_HEADERS = (
    "X-Request-Id", "Idempotency-Key", "traceparent", "tracestate", "baggage", "sentry-trace", "X-Requested-With",
)  # fmt: skip
MAX_AGE_SECONDS = 7200


class Cors:
    """The set of allowed origins, and the CORS headers for them."""

    def __init__(self, allowed: Iterable[str], contract: Contract) -> None:
        self._headers: dict[bytes, Headers] = {
            origin.encode("ascii"): [
                (b"access-control-allow-origin", origin.encode("ascii")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", contract.exposed_headers.encode("ascii")),
            ]
            for origin in allowed
        }
        allowed_headers = ("Content-Type", *contract.request_headers, *OTHER_HEADERS)
        common = (
            (b"access-control-allow-headers", ", ".join(allowed_headers).encode("ascii")),
            (b"access-control-max-age", b"%d" % MAX_AGE_SECONDS),
        )
        self._preflights = {
            path: Response(204, b"", ((b"access-control-allow-methods", ", ".join(methods).encode("ascii")), *common))
            for path, methods in contract.methods.items()
        }
        self._allowed_headers = {name.lower().encode("ascii") for name in allowed_headers}

    def __contains__(self, origin: object) -> bool:
        return origin in self._headers

    def headers(self, request: RequestContext) -> Headers:
        """The CORS headers of a response: none unless the request comes from an allowed origin."""
        origin = request.header(b"origin")
        return self._headers.get(origin, []) if origin is not None else []

    def preflight(self, request: RequestContext) -> Response | None:
        """The response to a preflight, or None if it is not a preflight. Raises Forbidden for an origin that is not allowed."""
        if request.method != "OPTIONS" or b"access-control-request-method" not in request.headers:
            return None
        response = self._preflights.get(request.path)
        if response is not None:
            request.check_origin(self)
            wanted = (request.header(b"access-control-request-headers") or b"").lower().split(b",")
            if any(name.strip() not in self._allowed_headers for name in wanted if name.strip()):
                request.reason = "preflight: header that is not allowed"  # the browser will block the request
        return response
