"""Broken chunks (RFC 9112 section 7.1)."""

from __future__ import annotations

from tests.support.broken_http.building import (
    with_chunks,
)

CHUNKS: dict[str, tuple[bytes, int]] = {
    # chunks (RFC 9112 section 7.1)
    "chunk size that is no number": (with_chunks(b"zz\r\n{}\r\n0\r\n\r\n"), 400),
    "negative chunk size": (with_chunks(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with 0x": (with_chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with a space after it": (with_chunks(b"2 \r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with a space before it": (with_chunks(b" 2\r\n{}\r\n0\r\n\r\n"), 400),
    "LF in a chunk extension": (with_chunks(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), 400),
    "CR in a chunk extension": (with_chunks(b"2;a\rb\r\n{}\r\n0\r\n\r\n"), 400),
    "quote in a chunk extension that never ends": (with_chunks(b'2;a="\r\n{}\r\n0\r\n\r\n'), 400),
    "empty chunk size": (with_chunks(b"\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size over 64 bits": (with_chunks(b"f" * 17 + b"\r\n{}"), 400),
    "chunk longer than its size": (with_chunks(b"1\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk without line end": (with_chunks(b"2\r\n{}0\r\n\r\n"), 400),
    "chunk lines that end in LF": (with_chunks(b"2\n{}\n0\n\n"), 400),
    "chunk of 2 GB, begun": (with_chunks(b"7fffffff\r\n" + b" " * 100_000), 413),
    "chunk extension of 1 MB": (with_chunks(b"2;x=" + b"a" * 1_000_000 + b"\r\n{}\r\n0\r\n\r\n"), 413),
    "trailer of 1 MB": (with_chunks(b"0\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"), 413),
    "trailers without end": (with_chunks(b"0\r\n" + b"X: a\r\n" * 200_000), 413),
    "trailer without colon": (with_chunks(b"0\r\nX\r\n\r\n"), 400),
    "NUL in a trailer": (with_chunks(b"0\r\nX: \0\r\n\r\n"), 400),
}  # fmt: skip
