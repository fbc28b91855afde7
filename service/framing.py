"""Where a request ends: by its Content-Length or its chunks (RFC 9112 section 6), whatever else it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httptools

from security.errors import BadRequest

HEAD_END = b"\r\n\r\n"
FRAMING = (b"content-length", b"transfer-encoding")


def check(version: str, method: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises BadRequest for a head that a proxy before us may frame in another way than our parser does.

    The parser itself refuses what is broken. What it lets through: versions that are none of ours, CONNECT, whose body
    it would not read (RFC 9110 section 9.3.6), chunks in HTTP/1.0, and codings before "chunked" (RFC 9112 section 6.1).
    """
    if version not in ("1.1", "1.0"):
        raise BadRequest("head: another version of HTTP")
    if method == b"CONNECT":
        raise BadRequest("head: CONNECT")
    codings = [value.strip(b" \t").lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or version == "1.0"):
        raise BadRequest("head: transfer coding")


def first_requests(data: bytes, count: int) -> bytes:
    """The beginning of `data` in which at most `count` heads end; all of it if there are no more."""
    end = 0
    for _ in range(count):
        end = data.find(HEAD_END, end) + len(HEAD_END)
        if end < len(HEAD_END):
            return data
    return data[:end]


def new_parser(callbacks: Any) -> httptools.HttpRequestParser:
    """A parser. It reads on behind a request that closes: that one is answered, what follows it is not."""
    parser = httptools.HttpRequestParser(callbacks)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


class BehindTheHead:
    """A parser that stands behind a head which asked for an upgrade, and reads on as if it had not.

    httptools ends such a request with its head, and would read its body as the next request: one client's body would
    be answered as another's request, wherever a proxy before us shares connections. So the head's framing alone is told
    to a new parser, and nothing of that comes to `protocol`.
    """

    def __init__(self, protocol: Any) -> None:
        self._listening = False
        for name in ("on_message_begin", "on_url", "on_header", "on_headers_complete"):
            setattr(self, name, self._once_listening(getattr(protocol, name)))
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete
        self.parser = new_parser(self)

    def _once_listening(self, callback: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: bytes) -> None:
            if self._listening:
                callback(*arguments)

        return call

    def tell(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Has the parser read the head; if no body follows, the request is complete with it."""
        lines = [b"%b: %b\r\n" % header for header in headers if header[0] in FRAMING]
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n")
        self._listening = True
