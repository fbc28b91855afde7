"""Clients that send without end, or never read what they asked for."""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from service.http.limits import HEAD_SECONDS, WRITE_SECONDS
from tests.support.broken_http.building import CHUNKED, HOST, LINE

TINY = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


PAGE = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"


BODY = LINE + HOST + b"Content-Length: 2\r\n\r\n{}"


UPGRADE = LINE + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class HostileClient:
    """How many connect at once, what each sends first, what it then repeats, and up to how many bytes."""

    connections: int
    first: bytes
    then: bytes = b""
    most: int = 0
    seconds: float = WRITE_SECONDS  # how long after its last byte it is disconnected


CLIENTS = {
    "trailers behind a refusal": HostileClient(20, LINE + CHUNKED + b"\r\n0\r\n", b"X: a\r\n" * 100, 8_000_000),
    "trailers behind a good head": HostileClient(
        20, LINE + HOST + CHUNKED + b"\r\n0\r\n", b"X: a\r\n" * 100, 8_000_000
    ),
    "tiny requests, never reading": HostileClient(20, TINY, TINY * 100, 250_000),
    "tiny requests on many connections, never reading": HostileClient(300, TINY, TINY * 100, 250_000),
    "requests that no proxy sends, without end": HostileClient(
        20, b"GET / HTTP/1.1\r\n\r\n" * 5000, b"\r\n\r\n" * 100, 2_000_000
    ),
    "requests with bodies on many connections, never reading": HostileClient(300, BODY, BODY * 50, 250_000),
    "long pages, never reading": HostileClient(300, PAGE * 10),
    "short answers, never reading": HostileClient(300, b"", (LINE + HOST + b"\r\n") * 20, 200_000),
    "broken tokens, never reading": HostileClient(
        100, b"", LINE + HOST + b"Cookie: vk_org_token=a.b.c\r\n\r\n", 200_000
    ),
    "one header 1,400 times": HostileClient(50, b"", LINE + HOST + b"Cookie: a\r\n" * 1400 + b"\r\n", 800_000),
    "4,000 headers and no end of the head": HostileClient(300, LINE + b"a:\r\n" * 4000, seconds=HEAD_SECONDS),
    "4,000 headers that are read, and no end": HostileClient(
        300, LINE + b"te:\r\nhost:\r\n" * 1100, seconds=HEAD_SECONDS
    ),
    "a header's name without end": HostileClient(50, LINE, b"a" * 10_000, 5_000_000),
    "empty lines without end": HostileClient(50, b"", b"\r\n" * 5000, 5_000_000),
    "bodies in chunks of a byte, waiting": HostileClient(
        50, TINY + LINE + HOST + CHUNKED + b"\r\n", b"1\r\n \r\n" * 1000, 2_000_000
    ),
    "chunk extensions without end": HostileClient(50, LINE + HOST + CHUNKED + b"\r\n1;", b"a" * 10_000, 5_000_000),
    "a declared body of 10 GB": HostileClient(
        50, LINE + HOST + b"Content-Length: 10000000000\r\n\r\n", b" " * 10_000, 5_000_000
    ),
    "upgrades, never reading": HostileClient(300, UPGRADE, UPGRADE * 50, 250_000),
    "half a head": HostileClient(500, LINE + HOST, seconds=HEAD_SECONDS),
    "half a body": HostileClient(500, LINE + HOST + b"Content-Length: 1000\r\n\r\n" + b" " * 900, seconds=HEAD_SECONDS),
    "an expectation, and no body": HostileClient(
        500, LINE + HOST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    ),
}  # fmt: skip


def attack(service, kind: HostileClient, stack: ExitStack) -> None:
    """Opens all connections of a kind. Each sends as fast as it can, and none reads."""
    selector: Any = stack.enter_context(selectors.DefaultSelector())
    for _ in range(kind.connections):
        client = socket.socket()
        for buffer in (
            socket.SO_RCVBUF,
            socket.SO_SNDBUF,
        ):  # so that the kernel buffers on the service's side, not on ours
            client.setsockopt(socket.SOL_SOCKET, buffer, 4096)
        client.connect(("127.0.0.1", service.port))
        client.setblocking(False)
        stack.enter_context(client)
        selector.register(client, selectors.EVENT_WRITE, [kind.first or kind.then, 0])
    last = time.monotonic()
    while selector.get_map() and time.monotonic() - last < 1:  # until the service reads no more
        for key, _ in selector.select(0.1):
            pending = key.data
            try:
                sent = key.fileobj.send(pending[0])
            except BlockingIOError:
                continue
            except ConnectionError:
                selector.unregister(key.fileobj)
                continue
            last = time.monotonic()
            pending[0] = pending[0][sent:]
            pending[1] += sent
            if not pending[0]:
                if pending[1] >= kind.most:
                    selector.unregister(key.fileobj)
                else:
                    pending[0] = kind.then
