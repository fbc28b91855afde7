"""What can be wrong with a request, and what the caller is told about it."""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """A request that gets no 2xx answer.

    The client is told `status`, `code`, `detail` and `headers`. `reason` is for the log and the metrics: a few fixed
    words that never hold anything the caller sent.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    detail: str

    def __init__(
        self, reason: str, *, detail: str | None = None, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.headers = headers
        if detail is not None:
            self.detail = detail


class BadRequest(Problem):
    """The request is not well formed, or names a version that is not on offer (RFC 9110 section 15.5.1)."""

    status = 400
    code = "bad_request"
    detail = "The request is not well formed."


class Unauthorized(Problem):
    """The caller is not let in: definitive, whatever the reason; all of these look the same (RFC 9110 15.5.2)."""

    status = 401
    code = "unauthorized"
    detail = "Sign in again."


class Forbidden(Problem):
    """A browser request from an origin that is not allowed (RFC 9110 section 15.5.4)."""

    status = 403
    code = "forbidden"
    detail = "This origin may not refresh sessions."


class NotFound(Problem):
    """No such path (RFC 9110 section 15.5.5)."""

    status = 404
    code = "not_found"
    detail = "There is nothing here."


class MethodNotAllowed(Problem):
    """The path knows other methods, which `Allow` lists (RFC 9110 section 15.5.6)."""

    status = 405
    code = "method_not_allowed"
    detail = "This path does not know that method."

    def __init__(self, allow: str) -> None:
        super().__init__("method not allowed", headers=((b"allow", allow.encode("latin-1")),))


class PayloadTooLarge(Problem):
    """A body of more bytes than the service reads, declared or sent (RFC 9110 section 15.5.14)."""

    status = 413
    code = "payload_too_large"
    detail = "The body may have 1024 bytes."


class UnsupportedMediaType(Problem):
    """A body that is not declared as JSON (RFC 9110 section 15.5.16)."""

    status = 415
    code = "unsupported_media_type"
    detail = "The body must be application/json."


class UnprocessableContent(Problem):
    """JSON that does not follow the document's schema (RFC 9110 section 15.5.21)."""

    status = 422
    code = "validation_error"
    detail = "The body must be absent or the empty object."


class RateLimited(Problem):
    """Too many requests in the window; `retry_after` is in seconds (RFC 6585 section 4)."""

    status = 429
    code = "rate_limited"

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(
            reason,
            detail=f"Rate limit exceeded. Retry after {retry_after} seconds.",
            headers=((b"retry-after", b"%d" % retry_after),),
        )


class HeadersTooLarge(Problem):
    """Request line and headers of more bytes than the service reads (RFC 6585 section 5)."""

    status = 431
    code = "headers_too_large"
    detail = "The request line and headers may have 16384 bytes."


class InternalError(Problem):
    """A fault of the service itself; the log has the traceback."""

    status = 500
    code = "internal_error"
    detail = "The service failed. Try again."


class Unavailable(Problem):
    """The service cannot judge sessions now: an outage is never a 401 (RFC 9110 section 15.6.4)."""

    status = 503
    code = "unavailable"
    detail = "The service cannot check sessions right now. Try again soon."

    def __init__(self, reason: str, retry_after: int = 5) -> None:
        super().__init__(reason, headers=((b"retry-after", b"%d" % retry_after),))
