"""Clients that come in crowds: all are accepted at once, and the workers share them."""

from __future__ import annotations

import resource
import select
import socket
from contextlib import ExitStack
from itertools import pairwise

import pytest

from tests.support.processes import children, connections_held
from tests.support.waiting import wait_for

BUSY, EACH, NEWCOMERS = 64, 200, 500
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HEADER = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(autouse=True)
def enough_descriptors():
    """A crowd needs more sockets than a process may have by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(stack, port, count):
    """So many connections that begin at once."""
    connections = [stack.enter_context(socket.socket()) for _ in range(count)]
    for connection in connections:
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", port))
    return connections


def all_workers_up(service, workers):
    """Whether each worker has taken a connection of a small crowd."""
    processes = children(service.process.pid)
    with ExitStack() as stack:
        connect(stack, service.port, 40 * workers)
        wait_for(lambda: sum(connections_held(service.port, processes).values()) == 40 * workers, "all to be accepted")
        return sum(held > 0 for held in connections_held(service.port, processes).values()) == workers


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_share_a_crowd(start, workers):
    """1,000 connections that begin at once: no worker takes more than twice its share, and none stays out."""
    service = start("--workers", str(workers))
    wait_for(lambda: all_workers_up(service, workers), "all workers", 20)
    processes = children(service.process.pid)
    with ExitStack() as stack:
        connect(stack, service.port, 1000)
        wait_for(lambda: sum(connections_held(service.port, processes).values()) == 1000, "all to be accepted")
        held = connections_held(service.port, processes)
    assert max(held.values()) <= 2 * 1000 / workers, held


@pytest.mark.parametrize("workers", [1, 2])
def test_newcomers_do_not_wait_for_busy_connections(start, workers):
    """Busy connections have thousands of requests waiting. A crowd that comes then is answered long before these are.

    Where one connection is accepted in each turn of the event loop, a newcomer waits for as many turns as others came
    before it, and each turn answers a request of every busy connection.
    """
    service = start("--workers", str(workers), LOG_LEVEL="warning")
    if workers > 1:
        wait_for(lambda: all_workers_up(service, workers), "all workers", 20)
    with ExitStack() as stack:
        busy = [stack.enter_context(service.connect()) for _ in range(BUSY)]
        for connection in busy:
            connection.setblocking(False)
            assert connection.send(HEALTH * EACH) == len(HEALTH * EACH)
        newcomers = {each.fileno(): each for each in connect(stack, service.port, NEWCOMERS)}
        poll = stack.enter_context(select.epoll())
        for number in newcomers:
            poll.register(number, select.EPOLLOUT)
        while newcomers:
            ready = poll.poll(20)
            assert ready, f"{len(newcomers)} got no answer"
            for number, event in ready:
                if event & select.EPOLLOUT:
                    newcomers[number].send(HEALTH)
                    poll.modify(number, select.EPOLLIN)
                else:
                    assert newcomers.pop(number).recv(65536).startswith(HEADER)
                    poll.unregister(number)
        answered = sum(already_received(connection).count(HEADER) for connection in busy)
    assert answered < BUSY * EACH / 3


def already_received(connection):
    received = b""
    try:
        while more := connection.recv(1 << 20):
            received += more
    except BlockingIOError:
        pass
    return received


def test_responses_stay_in_order_in_a_crowd(start):
    """200 clients with 20 requests each in one packet: every client gets its own responses, in order."""
    service = start(LOG_LEVEL="warning")
    with ExitStack() as stack:
        clients = [stack.enter_context(service.connect(20)) for _ in range(200)]
        for number, client in enumerate(clients):
            ids = [b"X-Request-Id: %d-%d\r\n\r\n" % (number, turn) for turn in range(20)]
            client.sendall(b"".join(HEALTH[:-2] + line for line in ids))
            client.shutdown(socket.SHUT_WR)
        for number, client in enumerate(clients):
            received = b""
            while more := client.recv(1 << 16):
                received += more
            positions = [received.index(b"x-request-id: %d-%d\r\n" % (number, turn)) for turn in range(20)]
            assert received.count(HEADER) == 20
            assert all(before < after for before, after in pairwise(positions))
