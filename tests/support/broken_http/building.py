"""Requests put together from parts, some of them broken. `%C` stands for the header line of a good cookie."""

from __future__ import annotations

from tests.support.assertions import REFRESH

PATH = REFRESH.encode()
LINE = f"POST {REFRESH} HTTP/1.1\r\n".encode()
HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HEAD = LINE + HOST + b"%C"


def line(target: bytes, method: bytes = b"POST", version: bytes = b"HTTP/1.1") -> bytes:
    return method + b" " + target + b" " + version + b"\r\n" + HOST + b"%C" + CLOSE + b"\r\n"


def with_header(header: bytes) -> bytes:
    return HEAD + CLOSE + header + b"\r\n\r\n"


def with_length(value: bytes, body: bytes = b"{}") -> bytes:
    return HEAD + CLOSE + b"Content-Length: " + value + b"\r\n\r\n" + body


def with_coding(value: bytes, body: bytes = b"2\r\n{}\r\n0\r\n\r\n") -> bytes:
    return HEAD + CLOSE + b"Transfer-Encoding: " + value + b"\r\n\r\n" + body


def with_chunks(chunks: bytes) -> bytes:
    return with_coding(b"chunked", chunks)
