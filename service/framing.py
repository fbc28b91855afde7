"""Where a request ends: by its Content-Length or its chunks (RFC 9112 section 6), whatever else it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
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
    codings = [value.rstrip(b" ").lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or version == "1.0"):
        raise BadRequest("head: transfer coding")


def first_request(data: bytes, start: int, most: int) -> bytes:
    """At most `most` bytes of `data` from `start` on, cut where one head ends if another does in them.

    A body is not told from a head: what ends here may be in the middle of one.
    """
    end = data.find(HEAD_END, start, start + most) + len(HEAD_END)
    if end >= len(HEAD_END) and data.find(HEAD_END, end, start + most) >= 0:
        return data[start:end]
    return data[start : start + most]


def new_parser(callbacks: Any) -> httptools.HttpRequestParser:
    """A parser. It reads on behind a request that closes: that one is answered, what follows it is not."""
    parser = httptools.HttpRequestParser(callbacks)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def read_on(protocol: Any, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Gives `protocol` a parser that stands behind a head which asked for an upgrade, as if it had not.

    httptools ends such a request with its head, and would read its body as the next request: one client's body would
    be answered as another's request, wherever a proxy before us shares connections. So the framing in `headers`, and
    nothing else of the head, is told to a new parser, and what that makes of it is not told to `protocol`.
    """
    telling = True

    def unless_telling(callback: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: bytes) -> None:
            if not telling:
                callback(*arguments)

        return call

    of_heads = ("on_message_begin", "on_url", "on_header", "on_headers_complete")
    callbacks = {name: unless_telling(getattr(protocol, name)) for name in of_heads}
    protocol.parser = new_parser(
        SimpleNamespace(on_body=protocol.on_body, on_message_complete=protocol.on_message_complete, **callbacks)
    )
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] in FRAMING]
    protocol.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n")
    telling = False
