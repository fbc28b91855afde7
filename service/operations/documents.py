"""A file as it is served: its bytes, its type and its entity tag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from handlers.auth import Response
from service.api.request_context import RequestContext

Page = Callable[[RequestContext], Response]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that never changes while the service runs."""

    content_type: str
    body: bytes

    @property
    def etag(self) -> bytes:
        """A strong entity tag (RFC 9110 section 8.8.3)."""
        return b'"%s"' % hashlib.sha256(self.body).hexdigest()[:32].encode("ascii")

    def page(self, *more: tuple[bytes, bytes]) -> Page:
        """The function that serves it, with `more` headers: whole, or 304 if the client has it already."""
        etag = self.etag
        headers = (
            (b"content-type", self.content_type.encode("ascii")),
            *more,
            (b"etag", etag),
            (b"cache-control", b"no-cache"),  # kept, but revalidated with the entity tag (RFC 9111 section 5.2.2.4)
        )
        whole = Response(200, self.body, headers, cacheable=True)
        unchanged = Response(304, b"", headers[1:], cacheable=True)

        def serve(request: RequestContext) -> Response:
            known = request.header(b"if-none-match") or b""  # RFC 9110 section 13.1.2
            return unchanged if known.strip() == b"*" or etag in known else whole

        return serve
