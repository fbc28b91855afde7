"""Odd but valid requests: they must be accepted, so that nobody passes by refusing everything."""

from __future__ import annotations

from tests.support.assertions import REFRESH
from tests.support.broken_http.building import (
    CLOSE,
    LINE,
    PATH,
    line,
    with_chunks,
    with_coding,
    with_header,
    with_length,
)

ODD = {
    "absolute target": line(b"http://127.0.0.1" + PATH),
    "absolute target with port": line(b"http://127.0.0.1:8080" + PATH),
    "query": line(PATH + b"?x=1&y=%20"),
    "letter, percent-encoded": line(b"/api/v1/auth/%72efresh"),
    "HTTP/1.0 without Host": f"POST {REFRESH} HTTP/1.0\r\n".encode() + b"%C\r\n",
    "HTTP/1.0 with keep-alive": f"POST {REFRESH} HTTP/1.0\r\n".encode() + b"%CConnection: keep-alive\r\n\r\n",
    "empty lines before the request": b"\r\n\r\n\r\n" + line(PATH),
    "line ends of LF before the request": b"\n\n" + line(PATH),
    "no space after the colon": with_header(b"X:a"),
    "blanks around a value": with_header(b"X: \t a \t "),
    "empty header": with_header(b"X:"),
    "bytes over 127 in a header": with_header(b"X: \xff\xfe"),
    "header names in odd case": line(PATH).replace(b"Host", b"hOsT").replace(b"Cookie", b"cOOKIE"),
    "names that only Python would take for ours": with_header(b"Verifa_Version: x\r\nX_API_Key: y"),
    "absolute target in capitals": line(b"HTTP://127.0.0.1" + PATH),
    "Content-Length with zeros before it": with_length(b"0002"),
    "Content-Length with blanks around": with_length(b" \t2 \t"),
    "zero as Content-Length": with_length(b"0", b""),
    "several zeros as Content-Length": with_length(b"000", b""),
    "blanks around the transfer coding": with_coding(b" \t chunked"),
    "1,400 equal headers": with_header(b"\r\n".join([b"Cookie: a"] * 1400)),
    "a request behind the one that closes": line(PATH) + line(PATH),
    "Expect in HTTP/1.0": with_length(b"2")
    .replace(b"HTTP/1.1", b"HTTP/1.0")
    .replace(CLOSE, b"Expect: 100-continue\r\n"),
    "Expect without a body": with_header(b"Expect: 100-continue"),
    "an unknown expectation": with_header(b"Expect: miracles"),
    "chunk extension": with_chunks(b'2;a=b;c="d"\r\n{}\r\n0\r\n\r\n'),
    "chunks of one byte": with_chunks(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
    "chunk size with zeros before it": with_chunks(b"0002\r\n{}\r\n000\r\n\r\n"),
    "Chunked in capitals": with_coding(b"CHUNKED"),
    "trailer": with_chunks(b"2\r\n{}\r\n0\r\nX-Checksum: 1\r\n\r\n"),
    "trailer that closes the connection": with_chunks(b"2\r\n{}\r\n0\r\nConnection: close\r\n\r\n").replace(CLOSE, b""),
    "trailer that closes the connection, and an upgrade": with_coding(
        b"chunked\r\nConnection: Upgrade\r\nUpgrade: h2c", b"0\r\nConnection: close\r\n\r\n"
    ).replace(CLOSE, b""),
    "upgrade to WebSocket": with_header(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
    "upgrade to h2c": with_header(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"),
    "empty Host": LINE + b"Host:\r\n%C" + CLOSE + b"\r\n",
    "IPv6 Host": LINE + b"Host: [::1]:8080\r\n%C" + CLOSE + b"\r\n",
    "headers of just 16 KiB": with_header(b"X: " + b"a" * 15000),
}
