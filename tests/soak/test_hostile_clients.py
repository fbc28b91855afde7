"""A hostile client is disconnected in time, costs little memory, and delays nobody."""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.soak.hostile_clients import CLIENTS, TINY, UPGRADE, attack
from tests.support.assertions import assert_refreshed
from tests.support.broken_http import BROKEN, ODD
from tests.support.waiting import wait_for

MORE_BYTES = 50 * 2**20


MORE_KERNEL_BYTES = 200 * 2**20  # for all sockets of the machine; the default would be megabytes for each connection


SLACK = 5.0


@pytest.fixture(scope="module")
def service(start_shared):
    running = start_shared(RATE_LIMIT="10000000/minute", FAILURE_RATE_LIMIT="10000000/minute")
    token = running.sign(sid="hostile")
    for _ in range(500):  # memory that the first requests take is not the hostile clients' doing
        assert_refreshed(running.refresh(token))
    running.get("/docs/swagger-ui-bundle.js")
    return running


def kernel_bytes() -> int:
    """The memory that the kernel uses for all TCP connections."""
    (line,) = [line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:")]
    return int(line.split()[-1]) * 4096


class HealthMonitor(threading.Thread):
    """Requests /healthz in a loop, and notes the longest response time and the most memory."""

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


@pytest.mark.parametrize("name", CLIENTS)
def test_hostile_client_is_let_go_and_hinders_nobody(service, name):
    """/healthz answers within a second, memory grows by less than 50 MB, and all connections are closed in time."""
    kind = CLIENTS[name]
    descriptors, memory, kernel = service.descriptors(), service.memory(), kernel_bytes()
    with HealthMonitor(service) as monitor, ExitStack() as stack:
        attack(service, kind, stack)
        wait_for(lambda: monitor.asked > 10, "/healthz to answer")
        limit = kind.seconds + SLACK
        wait_for(lambda: service.descriptors() <= descriptors + 1, f"{name} to be let go", limit)  # + 1: /healthz
    assert monitor.worst < 1
    assert monitor.largest - memory < MORE_BYTES
    assert monitor.kernel - kernel < MORE_KERNEL_BYTES


def test_20000_requests_leave_nothing_behind(service):
    """After good, odd, broken and abandoned requests, descriptors and memory are what they were before."""
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
