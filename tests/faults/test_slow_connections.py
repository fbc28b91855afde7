"""500 connections that send nothing, or almost nothing, delay nobody else."""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import cycle

from tests.support.dashboards import mint
from tests.support.waiting import wait_for

IDLE = 500
MORE_BYTES = 50 * 2**20


BEGINNINGS = (
    b"",
    b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"a" * 8000,
    b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\n" + b" " * 1000,
)


def test_slow_connections_hinder_nobody(start):
    """While 500 connections send nothing, half a head or half a body, a good refresh takes less than a second."""
    service = start()
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 200
    before = service.memory()
    with ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(IDLE)]
        for connection, beginning in zip(slow, cycle(BEGINNINGS), strict=False):
            connection.sendall(beginning)
        for _ in range(5):
            assert seconds_of_a_refresh(service, token) < 1
        assert service.memory() - before < MORE_BYTES
        # Each of them is closed in time, with a response if a request had begun.
        wait_for(lambda: all(ended(connection) for connection in slow[:3] + slow[-3:]), "them to be ended", 20)
        assert seconds_of_a_refresh(service, token) < 1


def seconds_of_a_refresh(service, token):
    began = time.monotonic()
    assert service.refresh(token).status == 200
    return time.monotonic() - began


def ended(connection):
    connection.settimeout(0.05)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True
