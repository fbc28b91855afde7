"""Where a request ends: by its Content-Length or its chunks (RFC 9112 section 6), whatever else it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httptools

from security.errors import BadRequest, PayloadTooLarge
from service.http.limits import MAX_BODY_BYTES

MAX_CHUNKED_BYTES = 16_384  # with chunk sizes, extensions and trailers


def body_length(version: str, method: str, headers: Mapping[bytes, Sequence[bytes]]) -> int | None:
    """How long the body is that follows a head; None if it comes in chunks.

    Raises BadRequest for what a proxy before us may frame in another way than we do. The parser has refused what is
    broken; it accepts versions that are not ours, CONNECT (RFC 9110 section 9.3.6), chunks in HTTP/1.0, and codings
    other than chunked (RFC 9112 section 6.1). Raises PayloadTooLarge for a length above the limit.
    """
    if version not in ("1.1", "1.0"):
        raise BadRequest("head: version of HTTP")
    if method == "CONNECT":
        raise BadRequest("head: CONNECT")
    codings = headers.get(b"transfer-encoding")
    if codings is not None:
        if version == "1.0" or [coding.lower() for coding in codings] != [b"chunked"]:
            raise BadRequest("head: transfer coding")
        return None
    declared = headers.get(b"content-length", (b"0",))[0]
    if len(declared) > 20 or int(declared) > MAX_BODY_BYTES:
        raise PayloadTooLarge("body: too long, as declared", MAX_BODY_BYTES)
    return int(declared)


class ChunkedBody:
    """Decodes one chunked body (RFC 9112 section 7.1), with a parser of its own.

    The parser that read the head cannot go on: after a head that asks for an upgrade, httptools takes the body for the
    next request. One client's body would be answered as the request of another, wherever a proxy shares connections.
    """

    def __init__(self) -> None:
        self.body = b""
        self.complete = False
        self.closes = False  # a trailer said `Connection: close`
        self._size = 0
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self.body += body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.complete = True
        self.closes = not self._parser.should_keep_alive()

    def feed(self, data: bytes, start: int) -> int:
        """Decodes `data` from `start` on; returns the end of the body, or of `data`.

        Line by line, because the parser does not tell where a body ends: that is always the end of a line. Raises
        BadRequest for chunks that are broken, PayloadTooLarge above the limit.
        """
        while start < len(data) and not self.complete:
            end = data.find(b"\n", start) + 1 or len(data)
            self._size += end - start
            try:
                self._parser.feed_data(data[start:end])
            except httptools.HttpParserError as error:
                raise BadRequest("body: broken chunks") from error
            if len(self.body) > MAX_BODY_BYTES or self._size > MAX_CHUNKED_BYTES:
                raise PayloadTooLarge("body: too long, as received", MAX_BODY_BYTES)
            start = end
        return start
