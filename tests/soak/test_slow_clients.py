"""Slow or silent clients are disconnected in time, and nobody else waits for them.

All of them are slow at the same time, so the whole takes as long as the longest limit.
"""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass
from typing import Any

import pytest

from service.http.limits import BODY_SECONDS, HEAD_SECONDS
from tests.support.assertions import REFRESH, assert_refreshed
from tests.support.replies import split_replies

LINE = f"POST {REFRESH} HTTP/1.1\r\n".encode()
HEAD = LINE + b"Host: 127.0.0.1\r\n"
GOOD = HEAD + b"%C\r\n"
KEEP_ALIVE = 75.0  # the default of the setting
SLACK = 4.0  # the service checks its limits once a second, and the machine may be busy


@dataclass
class SlowClient:
    """What a client sends first and then each second; when it is disconnected, and with which statuses."""

    first: bytes
    dribble: bytes
    seconds: float
    statuses: tuple[int, ...]
    received: bytes = b""
    ended: float | None = None


CLIENTS: dict[str, SlowClient] = {
    "says nothing": SlowClient(b"", b"", HEAD_SECONDS, ()),
    "sends empty lines alone": SlowClient(b"", b"\r\n", HEAD_SECONDS, ()),
    "stops within the request line": SlowClient(b"POST /api", b"", HEAD_SECONDS, (400,)),
    "stops within the head": SlowClient(HEAD, b"", HEAD_SECONDS, (400,)),
    "dribbles its head": SlowClient(HEAD + b"X: ", b"a", HEAD_SECONDS, (400,)),
    "dribbles headers": SlowClient(HEAD, b"X: a\r\n", HEAD_SECONDS, (400,)),
    "sends no body": SlowClient(HEAD + b"Content-Length: 2\r\n\r\n", b"", BODY_SECONDS, (400,)),
    "dribbles its body": SlowClient(HEAD + b"Content-Length: 1000\r\n\r\n", b" ", BODY_SECONDS, (400,)),
    "dribbles chunks": SlowClient(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", BODY_SECONDS, (400,)),
    "dribbles a chunk extension": SlowClient(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a", BODY_SECONDS, (400,)
    ),
    "dribbles a trailer": SlowClient(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a", BODY_SECONDS, (400,)),
    "dribbles its second head": SlowClient(GOOD + HEAD + b"X: ", b"a", HEAD_SECONDS, (200, 400)),
    "dribbles its second body": SlowClient(GOOD + HEAD + b"Content-Length: 9\r\n\r\n", b"", BODY_SECONDS, (200, 400)),
    "keeps its connection": SlowClient(GOOD, b"", KEEP_ALIVE, (200,)),
    "sends an empty line and keeps its connection": SlowClient(GOOD + b"\r\n", b"", KEEP_ALIVE, (200,)),
}


@pytest.fixture(scope="module")
def let_go(service):
    """All clients after their time. Meanwhile a good refresh took less than a second."""
    token = service.sign(sid="patient")
    selector: Any = selectors.DefaultSelector()
    began, dribbled = time.monotonic(), 0
    for client in CLIENTS.values():
        connection = service.connect()
        connection.sendall(client.first.replace(b"%C", f"Cookie: vk_org_token={token}\r\n".encode()))
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, client)
    while selector.get_map() and time.monotonic() - began < KEEP_ALIVE + 3 * SLACK:
        for key, _ in selector.select(0.2):
            try:
                piece = key.fileobj.recv(65536)
            except ConnectionResetError:
                piece = b""
            key.data.received += piece
            if not piece:
                key.data.ended = time.monotonic() - began
                selector.unregister(key.fileobj)
                key.fileobj.close()
        if time.monotonic() - began > dribbled + 1:
            dribbled += 1
            for key in selector.get_map().values():
                if key.data.ended is None and dribbled < HEAD_SECONDS + SLACK:
                    dribble(key.fileobj, key.data.dribble)
            asked = time.monotonic()
            assert_refreshed(service.refresh(token))
            assert time.monotonic() - asked < 1
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return CLIENTS


def dribble(connection, piece):
    try:
        connection.sendall(piece)
    except ConnectionError:
        return  # disconnected meanwhile; the caller reads the end next


@pytest.mark.parametrize("name", CLIENTS)
def test_slow_client_is_let_go_in_its_time(let_go, name):
    """The client is disconnected at its limit, with a 400 if it had begun a request, otherwise without a response."""
    client = let_go[name]
    assert client.ended is not None, "never let go"
    assert client.seconds - 1 <= client.ended <= client.seconds + SLACK
    replies = split_replies(client.received)
    assert tuple(reply.status for reply in replies) == client.statuses
    for reply in replies:
        if reply.status == 400:
            assert reply.json()["error"] == "bad_request"
            assert not reply.all("set-cookie")
            assert reply.header("connection") == "close"


def test_request_behind_a_slow_download_is_served(service):
    """While a long response is being read, the time limit of the next request's head does not run."""
    first = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"
    second = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(first + second[:10])
        time.sleep(0.1)  # so that the service has the half head
        connection.sendall(second[10:])
        began, received = time.monotonic(), b""
        while more := connection.recv(65536):
            received += more
            if time.monotonic() - began < HEAD_SECONDS + SLACK:
                time.sleep(0.2)
    assert [reply.status for reply in split_replies(received)] == [200, 200]
