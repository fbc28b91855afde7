"""Clients that send without end, or never read: each is let go in its time, what is held for it is little, and
everybody else is served all the while."""

from __future__ import annotations

import random
import selectors
import socket
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.http.limits import HEAD_SECONDS, WRITE_SECONDS
from tests.support.assertions import assert_refreshed
from tests.support.broken_http import BROKEN, ODD
from tests.support.broken_http.building import CHUNKED, HOST, LINE
from tests.support.waiting import wait_for

MORE_BYTES = 50 * 2**20
MORE_KERNEL_BYTES = 200 * 2**20  # of all sockets of the machine; by default it grows to megabytes a connection
SLACK = 5.0
TINY = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PAGE = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"
BODY = LINE + HOST + b"Content-Length: 2\r\n\r\n{}"
UPGRADE = LINE + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class HostileClient:
    """A kind of client: how many come at once, what each sends first, then again and again, up to how many bytes."""

    connections: int
    first: bytes
    then: bytes = b""
    most: int = 0
    seconds: float = WRITE_SECONDS  # how long after its last byte it is let go


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


@pytest.fixture(scope="module")
def service(start_shared):
    running = start_shared(RATE_LIMIT="10000000/minute", FAILURE_RATE_LIMIT="10000000/minute")
    token = running.sign(sid="hostile")
    for _ in range(500):  # what it holds from the first requests on is not the hostile clients'
        assert_refreshed(running.refresh(token))
    running.get("/docs/swagger-ui-bundle.js")
    return running


def kernel_bytes() -> int:
    """What the kernel holds for all TCP connections."""
    (line,) = [line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:")]
    return int(line.split()[-1]) * 4096


class HealthMonitor(threading.Thread):
    """Asks for /healthz again and again meanwhile, and sees how long that takes and how large the service grows."""

    def __init__(self, service) -> None:
        super().__init__()
        self._service = service
        self._over = threading.Event()
        self.worst = 0.0
        self.asked = 0
        self.largest = self.kernel = 0

    def run(self) -> None:
        while not self._over.wait(0.02):
            asked = time.monotonic()
            if self._service.get("/healthz").status == 200:
                self.asked += 1
            self.worst = max(self.worst, time.monotonic() - asked)
            self.largest = max(self.largest, self._service.memory())
            self.kernel = max(self.kernel, kernel_bytes())

    def __enter__(self) -> HealthMonitor:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def attack(service, kind: HostileClient, stack: ExitStack) -> None:
    """All connections of a kind, which send what they have as fast as it is taken; none of them reads anything."""
    selector: Any = stack.enter_context(selectors.DefaultSelector())
    for _ in range(kind.connections):
        client = socket.socket()
        for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):  # so that what the kernel holds is held for the service
            client.setsockopt(socket.SOL_SOCKET, buffer, 4096)
        client.connect(("127.0.0.1", service.port))
        client.setblocking(False)
        stack.enter_context(client)
        selector.register(client, selectors.EVENT_WRITE, [kind.first or kind.then, 0])
    last = time.monotonic()
    while selector.get_map() and time.monotonic() - last < 1:  # until nothing more is taken
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


@pytest.mark.parametrize("name", CLIENTS)
def test_hostile_client_is_let_go_and_hinders_nobody(service, name):
    """/healthz within a second all the while, less than 50 MB more, and all its connections gone within their limit."""
    kind = CLIENTS[name]
    descriptors, memory, kernel = service.descriptors(), service.memory(), kernel_bytes()
    with HealthMonitor(service) as monitor, ExitStack() as stack:
        attack(service, kind, stack)
        limit = kind.seconds + SLACK
        wait_for(lambda: service.descriptors() <= descriptors + 1, f"{name} to be let go", limit)  # + 1: /healthz
    assert monitor.asked > 10
    assert monitor.worst < 1
    assert monitor.largest - memory < MORE_BYTES
    assert monitor.kernel - kernel < MORE_KERNEL_BYTES


def test_20000_requests_leave_nothing_behind(service):
    """Good, odd, broken and abandoned ones, in any order: descriptors and memory are what they were."""
    cookie = f"Cookie: vk_org_token={service.sign(sid='mixed')}\r\n".encode()
    kinds = [attack for attack, _ in BROKEN.values() if len(attack) < 50_000] + [*ODD.values(), TINY, UPGRADE]
    choose = random.Random(13)

    def some(count: int) -> None:
        for _ in range(count):
            request = choose.choice(kinds).replace(b"%C", cookie)
            with service.connect() as connection, suppress(ConnectionError):
                connection.sendall(request[: choose.choice([len(request), len(request), len(request) // 2])])
                if choose.random() < 0.5:
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(4096)

    descriptors = service.descriptors()
    some(3000)
    wait_for(lambda: service.descriptors() <= descriptors, "the first ones' connections to be closed", 20)
    memory = service.memory()
    some(20_000)
    wait_for(lambda: service.descriptors() <= descriptors, "all connections to be closed", 20)
    assert service.memory() - memory < 5 * 2**20
    assert not [line for line in service.log.lines() if line["level"] == "error"]
