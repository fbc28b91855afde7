"""SIGTERM under load: every accepted request is answered."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import ExitStack, suppress

import pytest

from tests.support.dashboards import Tab, mint, refreshing, total
from tests.support.replies import read_all
from tests.support.waiting import wait_for


@pytest.mark.parametrize("whom", ["the service", "all its processes"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_under_load_drops_no_request(start, workers, whom):
    """Clients refresh without pause while the service is stopped, and each request gets 200.

    systemd signals all processes of a service, a container runtime only the first one: both end with status 0.
    """
    service = start("--workers", workers, RATE_LIMIT="1000000/minute")
    tabs = [Tab(service, token) for token in mint(service, *"abcdefgh")]
    with refreshing(tabs, pause=0.002):
        wait_for(lambda: all(tab.statuses[200] > 20 for tab in tabs), "every tab to refresh", 20)
        if whom == "all its processes":
            os.killpg(service.process.pid, signal.SIGTERM)
        assert service.stop() == 0
    assert set(total(tabs)) == {200}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_waits_for_a_body_under_way(start, workers):
    """A request whose body is still coming at SIGTERM is answered, then its connection closes.

    New connections are refused meanwhile: none is accepted and left without a response.
    """
    service = start("--workers", workers)
    head = b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    with service.connect() as connection:
        connection.sendall(head + f"Cookie: vk_org_token={service.login()}\r\n\r\n".encode() + b"{")
        wait_for(lambda: service.answers(), "another request")
        service.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not listens(service), "the service to stop listening")
        connection.sendall(b"}")
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert service.stop() == 0


def listens(service):
    try:
        service.connect().close()
    except ConnectionError:
        return False
    return True


def test_sigterm_ends_connections_that_come_with_it(start):
    """Clients that connect during SIGTERM are disconnected, and none of them delays the end."""
    service = start()
    crowd: list[socket.socket] = []

    def come():
        with suppress(OSError):
            while len(crowd) < 3000:
                crowd.append(service.connect())

    coming = threading.Thread(target=come)
    coming.start()
    wait_for(lambda: len(crowd) > 100, "the crowd to come")
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(8) == 0
    service.stop()
    coming.join()
    for connection in crowd:
        connection.close()


@pytest.mark.parametrize("ends", ["the service stops", "the client half-closes"])
def test_connection_of_a_slow_reader_closes_once_it_has_read(start, ends):
    """A client that reads slowly gets its responses (at a stop, those that were begun), and then the connection closes.

    It does not go back to waiting for requests: that would hold up the stop, or keep a connection nobody uses.
    """
    service = start()
    counts = range(1, 20)  # with one of them, the last response is the one that waits for the client
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in counts]
        for client, count in zip(clients, counts, strict=True):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", service.port))
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * count)
        wait_for(service.answers, "the responses to be begun")
        if ends == "the service stops":
            service.process.terminate()
            wait_for(lambda: not listens(service), "the service to stop listening")
        for client, count in zip(clients, counts, strict=True):
            if ends == "the client half-closes":
                client.shutdown(socket.SHUT_WR)
            answered = read_all(client).count(b"HTTP/1.1 200 OK\r\n")
            assert answered == count or (ends == "the service stops" and answered > 0)
    if ends == "the service stops":
        assert service.process.wait(8) == 0
