"""KEEP_ALIVE: how long a connection waits for its next request."""

from __future__ import annotations

import time

from tests.support.replies import read_all, read_reply

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def test_idle_connection_is_closed_after_keep_alive(start):
    """Not before: a proxy that sends its next request in time is answered on the same connection."""
    running = start(KEEP_ALIVE="2")
    with running.connect() as connection:
        for _ in range(2):
            connection.sendall(REQUEST)
            assert read_reply(connection).status == 200
        answered = time.monotonic()
        assert read_all(connection) == b""
        assert 1.9 < time.monotonic() - answered < 4


def test_idle_connection_is_kept_for_longer_than_proxies_keep_theirs(service):
    """By default an idle connection outlives the head's time limit, and is not closed at once."""
    with service.connect() as connection:
        for _ in range(2):
            connection.sendall(REQUEST)
            assert read_reply(connection).status == 200
            connection.settimeout(3)
        try:
            closed = connection.recv(1) == b""
        except TimeoutError:
            closed = False
        assert not closed
