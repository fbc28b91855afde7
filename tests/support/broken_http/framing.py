"""Broken framing: what makes two parsers see different requests, and so smuggles one (RFC 9112 section 6)."""

from __future__ import annotations

from tests.support.broken_http.building import (
    CHUNKED,
    CLOSE,
    HEAD,
    PATH,
    line,
    with_chunks,
    with_coding,
    with_length,
)

FRAMING: dict[str, tuple[bytes, int]] = {
    # CONNECT (RFC 9110 section 9.3.6), whose body a parser may take for tunnelled data
    "CONNECT to a host": (line(b"example.com:443", b"CONNECT"), 400),
    "CONNECT to our path": (line(PATH, b"CONNECT"), 400),
    "CONNECT with a body that is a request": (
        line(b"example.com:443", b"CONNECT").replace(CLOSE, b"Content-Length: %d\r\n" % len(line(PATH))) + line(PATH), 400,
    ),
    "CONNECT with chunks": (line(b"a:1", b"CONNECT").replace(CLOSE, CHUNKED) + b"2\r\n{}\r\n0\r\n\r\n" + line(PATH), 400),
    # Content-Length and Transfer-Encoding (RFC 9112 section 6): what smuggles requests
    "Content-Length and chunked": (HEAD + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "chunked and Content-Length": (HEAD + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "two different Content-Length": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    "two equal Content-Length": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "list of Content-Lengths": (with_length(b"2, 2"), 400),
    "negative Content-Length": (with_length(b"-2"), 400),
    "Content-Length with plus": (with_length(b"+2"), 400),
    "Content-Length in hexadecimal": (with_length(b"0x2"), 400),
    "Content-Length with exponent": (with_length(b"2e0"), 400),
    "Content-Length with a space in it": (with_length(b"2 2"), 400),
    "Content-Length with a fraction": (with_length(b"2.0"), 400),
    "Content-Length in Arabic digits": (with_length("٢".encode()), 400),
    "empty Content-Length": (with_length(b""), 400),
    "Content-Length over 64 bits": (with_length(b"9" * 40), 400),
    "Content-Length of 64 bits": (with_length(b"18446744073709551615"), 413),
    "Content-Length of 10 GB": (with_length(b"10000000000"), 413),
    "Transfer-Encoding: identity": (with_coding(b"identity"), 400),
    "Transfer-Encoding: gzip": (with_coding(b"gzip"), 400),
    "Transfer-Encoding: xchunked": (with_coding(b"xchunked"), 400),
    "Transfer-Encoding: chunked, identity": (with_coding(b"chunked, identity"), 400),
    "Transfer-Encoding: chunked, chunked": (with_coding(b"chunked, chunked"), 400),
    "Transfer-Encoding: gzip, chunked": (with_coding(b"gzip, chunked"), 400),
    "Transfer-Encoding: identity, chunked": (with_coding(b"identity, chunked"), 400),
    "Transfer-Encoding: gzip, and chunked in another line": (with_coding(b"gzip\r\nTransfer-Encoding: chunked"), 400),
    "Transfer-Encoding of a comma and chunked": (with_coding(b", chunked"), 400),
    "Transfer-Encoding of chunked and a comma": (with_coding(b"chunked,"), 400),
    "Transfer-Encoding with a parameter": (with_coding(b"chunked;q=1"), 400),
    "Transfer-Encoding behind a vertical tab": (with_coding(b"\x0bchunked"), 400),
    "chunks in HTTP/1.0": (with_chunks(b"2\r\n{}\r\n0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "empty Transfer-Encoding": (with_coding(b""), 400),
    "Transfer-Encoding with a tab behind it": (with_coding(b"chunked\t"), 400),
    "Transfer-Encoding with a tab behind it, and an upgrade": (
        with_coding(b"chunked\t\r\nConnection: Upgrade\r\nUpgrade: h2c"), 400,
    ),
    "Transfer-Encoding in quotes": (with_coding(b'"chunked"'), 400),
    "Transfer-Encoding twice": (HEAD + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", 400),
}  # fmt: skip
