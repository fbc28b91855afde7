"""Simulated dashboard tabs: each holds a session, refreshes it over one connection, and counts the responses."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from security.keys import load_key_set
from security.random_ids import RandomIds
from security.tokens import Session, issue
from tests.support.client import Client
from tests.support.replies import Reply, read_reply
from tests.support.service import Service

NEW_ID = RandomIds()

Refresh = Callable[[str], Reply]


def mint(service: Service, *sids: str, sub: str = "user-1", org: str = "org-1") -> list[str]:
    """A token for each session id, as `login` would sign it, without running `login` for each."""
    path = service.environ.get("SESSION_REFRESH_KEYS_FILE") or str(service.state / "keys.json")
    with open(path) as file:
        keys = load_key_set(json.load(file))
    now = int(time.time())
    stated = {"iss": "https://devapi.withverifa.com", "aud": "verifa-dashboard", "sub": sub, "org": org}
    return [issue(Session(sub, org, sid, now, {**stated, "sid": sid}), keys, now, NEW_ID()).decode() for sid in sids]


def successor(reply: Reply) -> str:
    """The token that the response's Set-Cookie sets."""
    cookie = reply.header("set-cookie")
    assert cookie is not None
    return cookie.removeprefix("vk_org_token=").partition(";")[0]


class Tab:
    """One browser tab: a keep-alive connection, its newest token, and all tokens it has had."""

    def __init__(self, service: Client, token: str) -> None:
        self._service = service
        self._connection: socket.socket | None = None
        self.tokens = [token]
        self.statuses: Counter[int] = Counter()
        self.refused = False
        self._is_new = True

    def refresh(self) -> Reply | None:
        """One refresh with the newest token; None if nobody listens any more.

        As a browser does it (RFC 9112 section 9.3.1): a connection that was closed while idle is opened anew. A request
        that went out over a connection in use and got no answer has status 0; a new connection that the kernel took but
        nobody accepted counts as refused.
        """
        if self._connection is None or self._is_closed():
            self.close()
            self._is_new = True
            try:
                self._connection = self._service.connect()
            except ConnectionError:
                self.refused = True
                return None
        head = (
            f"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: vk_org_token={self.tokens[-1]}\r\n\r\n"
        )
        try:
            self._connection.sendall(head.encode())
            reply = read_reply(self._connection)
        except ConnectionError:
            reply = Reply(b"")
        if reply.status == 0:
            self.close()
            self.refused = self._is_new
            if self._is_new:
                return None
        self._is_new = False
        self.statuses[reply.status] += 1
        if reply.status == 200:
            self.tokens.append(successor(reply))
        if (reply.header("connection") or "").lower() == "close":
            self.close()
        return reply

    def _is_closed(self) -> bool:
        assert self._connection is not None
        return bool(select.select([self._connection], [], [], 0)[0])  # readable without a request under way: the end

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def refreshing(tabs: list[Tab], *, pause: float = 0.01, hold: bool = True) -> Iterator[None]:
    """All tabs refresh meanwhile, each `pause` seconds after its last answer, until nobody listens.

    Each holds on to its connection, and so to one worker, unless `hold` is false.
    """
    over = threading.Event()

    def run(tab: Tab) -> None:
        while not over.is_set() and not tab.refused:
            tab.refresh()
            if not hold:
                tab.close()
            over.wait(pause)
        tab.close()

    threads = [threading.Thread(target=run, args=(tab,)) for tab in tabs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def total(tabs: list[Tab]) -> Counter[int]:
    """How many responses of each status all tabs got. 0 stands for no response."""
    return sum((tab.statuses for tab in tabs), Counter())
