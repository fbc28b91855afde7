"""Where a request ends: by its Content-Length or its chunks (RFC 9112 section 6), even if it asks for an upgrade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httptools

from security.errors import BadRequest, PayloadTooLarge
from service.http.limits import MAX_CHUNK_FRAMING_BYTES


def check_request_line(line: bytes, http_version: str, method: str) -> None:
    """Raises BadRequest for other protocols and versions, and for CONNECT, which has no body (RFC 9110 section 9.3.6).

    httptools accepts RTSP and ICE too, and does not tell which protocol it was.
    """
    if http_version not in ("1.1", "1.0") or not line.endswith(b" HTTP/" + http_version.encode("ascii")):
        raise BadRequest("head: version of HTTP")
    if method == "CONNECT":
        raise BadRequest("head: CONNECT")


def body_length(http_version: str, headers: Mapping[bytes, Sequence[bytes]], limit: int) -> int | None:
    """The length of the body that follows a head; None if the body comes in chunks.

    Raises BadRequest for framing that a proxy before us may read differently, which would allow request smuggling:
    chunks in HTTP/1.0, and codings other than chunked (RFC 9112 section 6.1). The parser has refused other broken
    framing already. Raises PayloadTooLarge for a length above `limit`.
    """
    codings = headers.get(b"transfer-encoding")
    if codings is not None:
        if http_version == "1.0" or [coding.lower() for coding in codings] != [b"chunked"]:
            raise BadRequest("head: transfer coding")
        return None
    declared = headers.get(b"content-length", (b"0",))[0]
    if len(declared) > 20 or int(declared) > limit:  # 20 digits: of more, most are zeros
        raise PayloadTooLarge("body: too long, as declared", limit)
    return int(declared)


class ChunkedBody:
    """Decodes one chunked body (RFC 9112 section 7.1), with a parser of its own.

    The parser that read the head is not used: after a head that asks for an upgrade, httptools would parse the body as
    the next request. Behind a proxy that shares connections, that is request smuggling.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._whole_limit = limit + MAX_CHUNK_FRAMING_BYTES
        self.body = b""
        self.complete = False
        self.closes = False  # a trailer said `Connection: close`; proxies act on it
        self._size = 0
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self.body += body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.complete = True
        self.closes = self._parser is not None and not self._parser.should_keep_alive()

    def feed(self, data: bytes, start: int) -> int:
        """Decodes `data` from `start` on; returns the end of the body, or of `data`.

        The parser does not report where the body ends. A chunked body always ends with the end of a line, so the parser
        gets one line at a time. Raises BadRequest for broken chunks, PayloadTooLarge above the limit.
        """
        while start < len(data) and self._parser is not None:
            end = data.find(b"\n", start) + 1 or len(data)
            piece = data[start : min(end, start + self._whole_limit - self._size + 1)]
            self._size += len(piece)
            broken = False
            try:
                self._parser.feed_data(piece)
            except httptools.HttpParserError:
                broken = True
            if len(self.body) > self._limit or self._size > self._whole_limit:
                raise PayloadTooLarge("body: too long, as received", self._limit)
            if broken:
                raise BadRequest("body: broken chunks")
            if self.complete:
                self._parser = None  # it refers to this object
            start = end
        return start
