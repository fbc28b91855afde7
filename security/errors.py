"""Why a request is refused, and what the caller is told about it."""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """A request that is refused.

    The client is told `status`, `code`, `detail` and `headers`. `reason` is for the log and the metrics: a fixed text,
    which never contains anything the caller sent.
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

    def members(self) -> dict[str, object]:
        """The members of the JSON object that the client gets."""
        return {"error": self.code, "detail": self.detail, "status_code": self.status}


class BadRequest(Problem):
    """The request is malformed, or asks for a version that is not offered (RFC 9110 section 15.5.1)."""

    status = 400
    code = "bad_request"
    detail = "The request is malformed."


class Unauthorized(Problem):
    """The caller must sign in again. All 401 responses are identical (RFC 9110 section 15.5.2).

    `session_id` and `organisation` are for the log: the session that the refused credentials belong to, if it is known.
    """

    status = 401
    code = "unauthorized"
    detail = "Sign in again."

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.session_id: str | None = None
        self.organisation: str | None = None


class Forbidden(Problem):
    """The request comes from a page that may not make it (RFC 9110 section 15.5.4)."""

    status = 403
    code = "forbidden"
    detail = "This origin may not refresh sessions."


class DeviceChallenged(Forbidden):
    """The device must sign the challenge in `headers` first. The browser does, and asks again."""

    detail = "Sign the challenge."

    def __init__(self, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        super().__init__("device: challenged", headers=headers)


class NotFound(Problem):
    """No such path (RFC 9110 section 15.5.5)."""

    status = 404
    code = "not_found"
    detail = "There is no resource at this path."


class MethodNotAllowed(Problem):
    """The path supports other methods, which `Allow` lists (RFC 9110 section 15.5.6)."""

    status = 405
    code = "method_not_allowed"
    detail = "This path does not support that method."

    def __init__(self, allow: str) -> None:
        super().__init__("method not allowed", headers=((b"allow", allow.encode("latin-1")),))


class PayloadTooLarge(Problem):
    """The body has more than `limit` bytes, declared or received (RFC 9110 section 15.5.14)."""

    status = 413
    code = "payload_too_large"

    def __init__(self, reason: str, limit: int) -> None:
        super().__init__(reason, detail=f"The body must not exceed {limit:,} bytes.")


class UnsupportedMediaType(Problem):
    """The body has a media type that the document does not list (RFC 9110 section 15.5.16)."""

    status = 415
    code = "unsupported_media_type"
    detail = "The body has a media type that is not taken here."


class UnprocessableContent(Problem):
    """The body is JSON, but not valid by the document's schema (RFC 9110 section 15.5.21)."""

    status = 422
    code = "validation_error"
    detail = "The body must be absent or the empty object."


class RateLimited(Problem):
    """Too many requests in the current window; `retry_after` is in seconds (RFC 6585 section 4)."""

    status = 429
    code = "rate_limited"

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(
            reason,
            detail=f"Rate limit exceeded. Retry after {retry_after} seconds.",
            headers=((b"retry-after", b"%d" % retry_after),),
        )


class HeadersTooLarge(Problem):
    """The request line and headers have more than `limit` bytes (RFC 6585 section 5)."""

    status = 431
    code = "headers_too_large"

    def __init__(self, reason: str, limit: int) -> None:
        super().__init__(reason, detail=f"The request line and headers must not exceed {limit:,} bytes.")


class InternalError(Problem):
    """A fault of the service. The log has the traceback."""

    status = 500
    code = "internal_error"
    detail = "The service failed. Try again."


class Unavailable(Problem):
    """The service cannot judge a session now, through no fault of its user. That is never a 401 (RFC 9110 section 15.6.4)."""

    status = 503
    code = "unavailable"
    detail = "The service cannot check sessions right now. Try again soon."

    def __init__(self, reason: str, retry_after: int = 5, *, detail: str | None = None) -> None:
        super().__init__(reason, detail=detail, headers=((b"retry-after", b"%d" % retry_after),))
