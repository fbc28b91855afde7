"""Broken request lines, wrong versions, other protocols on the port."""

from __future__ import annotations

from tests.support.broken_http.building import (
    PATH,
    line,
)

REQUEST_LINES: dict[str, tuple[bytes, int]] = {
    # request line (RFC 9112 section 3)
    "method in lower case": (line(PATH, b"post"), 400),
    "unknown method": (line(PATH, b"REFRESH"), 400),
    "no method": (line(PATH, b""), 400),
    "method of 10,000 letters": (line(PATH, b"P" * 10000), 400),
    "tabs between the parts": (line(PATH).replace(b" ", b"\t", 2), 400),
    "space before the method": (b" " + line(PATH), 400),
    "no target": (line(b""), 400),
    "space in the target": (line(b"/a b"), 400),
    "NUL in the path": (line(PATH + b"\0"), 400),
    "tab in the path": (line(PATH + b"\t"), 400),
    "DEL in the path": (line(PATH + b"\x7f"), 400),
    "UTF-8 in the path": (line(PATH + "é".encode()), 400),
    "Latin-1 in the query": (line(PATH + b"?x=\xe9"), 400),
    "carriage return in the path": (line(PATH + b"\rX"), 400),
    "target without slash": (line(PATH[1:]), 400),
    "authority as target": (line(b"127.0.0.1:8080"), 400),
    "query alone as target": (line(b"?x"), 400),
    "absolute target without path": (line(b"http://127.0.0.1"), 400),
    "absolute target without host": (line(b"http:///api"), 400),
    "absolute target with half an IPv6 address": (line(b"http://[::1/api"), 400),
    "absolute target with a port of 8 digits": (line(b"http://127.0.0.1:99999999" + PATH), 400),
    "absolute target of another scheme": (line(b"ftp://127.0.0.1" + PATH), 400),
    "absolute target with a user": (line(b"http://user@127.0.0.1" + PATH), 400),
    "absolute target without path, with a query": (line(b"http://127.0.0.1?x"), 400),
    "target of 20,000 bytes": (line(b"/" + b"a" * 20000), 431),
    "query of 1 MB": (line(PATH + b"?" + b"a" * 1_000_000), 431),
    # version (RFC 9110 section 2.5)
    "no version at all": (b"GET /healthz\r\n\r\n", 400),
    "empty version": (line(PATH, version=b""), 400),
    "HTTP/0.9": (line(PATH, version=b"HTTP/0.9"), 400),
    "HTTP/1.2": (line(PATH, version=b"HTTP/1.2"), 400),
    "HTTP/2.0": (line(PATH, version=b"HTTP/2.0"), 400),
    "HTTP/3": (line(PATH, version=b"HTTP/3"), 400),
    "HTTP/1.10": (line(PATH, version=b"HTTP/1.10"), 400),
    "HTTP/1": (line(PATH, version=b"HTTP/1"), 400),
    "http/1.1": (line(PATH, version=b"http/1.1"), 400),
    "HTTPS/1.1": (line(PATH, version=b"HTTPS/1.1"), 400),
    "version with a space after it": (line(PATH, version=b"HTTP/1.1 "), 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", 400),
    # other protocols on the port
    "TLS ClientHello": (bytes.fromhex("16030100a5010000a10303") + bytes(range(154)), 400),
    "SSH": (b"SSH-2.0-OpenSSH_9.9\r\n", 400),
    "SMTP": (b"EHLO example.com\r\n", 400),
    "PROXY protocol": (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + line(PATH), 400),
    "PROXY protocol, version 2": (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12), 400),
    "bytes without sense": (bytes(i * 7919 % 251 for i in range(500)), 400),
    "NULs": (bytes(500), 400),
}  # fmt: skip
