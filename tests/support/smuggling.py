"""Bodies that are requests themselves, and upgrades that could hide them from a parser."""

from __future__ import annotations

import itertools

from tests.support.broken_http.building import CHUNKED

# A body that would be another request, and get an answer of its own, if anybody read it as one.
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: smuggled\r\n\r\n"


CONNECTIONS = (b"Upgrade", b"upgrade", b"keep-alive, Upgrade", b"Upgrade, HTTP2-Settings")


PROTOCOLS = (b"websocket", b"h2c", b"TLS/1.0", b"anything", b"websocket, h2c")


UPGRADES = {
    f"{connection.decode()}: {protocol.decode()}": b"Connection: %b\r\nUpgrade: %b\r\n" % (connection, protocol)
    for connection, protocol in itertools.product(CONNECTIONS, PROTOCOLS)
} | {
    "twice": b"Connection: Upgrade\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    "with an expectation": b"Connection: Upgrade\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n",
    "without naming a protocol": b"Connection: Upgrade\r\n",
    "unasked": b"Upgrade: websocket\r\n",
    "not at all": b"",
}


def declared(body):
    return b"Content-Length: %d\r\n" % len(body), body


def chunked(body, *, size):
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return CHUNKED, b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


BODIES = {
    "none": ((b"", b""), 200),
    "none, declared": (declared(b""), 200),
    "none, in chunks": (chunked(b"", size=1), 200),
    "{}": (declared(b"{}"), 200),
    "{} in chunks": (chunked(b"{}", size=1), 200),
    "{} in chunks, with a trailer": ((CHUNKED, b"2\r\n{}\r\n0\r\nX-Request-Id: trailer\r\n\r\n"), 200),
    "a request": (declared(SMUGGLED), 400),
    "a request in chunks": (chunked(SMUGGLED, size=1000), 400),
    "a request in small chunks": (chunked(SMUGGLED, size=7), 400),
    "ten requests": (declared(SMUGGLED * 10), 400),
}
