"""The size of the cookie in a real browser: what we issue is kept, and a byte more than the limit would be dropped."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from security.compact import MAX_TOKEN_BYTES
from tests.support.dashboards import successor

NAME = "vk_org_token"
ATTRIBUTES = "; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax"
REFRESH = "async () => (await fetch('/api/v1/auth/refresh', { method: 'POST' })).status"


class CookieSetter(BaseHTTPRequestHandler):
    """Sets the cookie to a value of as many bytes as the path says."""

    def do_GET(self) -> None:
        self.send_response(200)
        if found := re.fullmatch("/([0-9]+)", self.path):
            self.send_header("Set-Cookie", f"{NAME}={'x' * int(found[1])}{ATTRIBUTES}")
        self.end_headers()

    def log_message(self, format, *args):  # noqa: A002
        """Nothing."""


@pytest.fixture
def setter():
    """The address of a server that sets cookies of any size."""
    with ThreadingHTTPServer(("127.0.0.1", 0), CookieSetter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_browser_keeps_4096_bytes_and_drops_one_more(user, setter):
    """Of name and value together; that of before stays, without a word. The service's own limit is this one."""
    user.open(f"{setter}/{MAX_TOKEN_BYTES}")
    assert len(NAME + user.cookie()["value"]) == 4096
    user.open(f"{setter}/{MAX_TOKEN_BYTES - 10}")
    user.open(f"{setter}/{MAX_TOKEN_BYTES + 1}")
    assert len(user.cookie()["value"]) == MAX_TOKEN_BYTES - 10


def test_longest_cookie_that_is_issued_is_kept(user, demo):
    """A session whose successor is as long as a cookie may be is refreshed again and again in a browser."""
    now = int(demo.now())
    stated = {"sid": "long", "iat": now, "exp": now + 28800}
    lengths = range(MAX_TOKEN_BYTES - 90, MAX_TOKEN_BYTES)
    tokens = {demo.longest(length, **stated): None for length in lengths}
    issued = [token for token in tokens if demo.refresh(token).status == 200]
    longest = successor(demo.refresh(issued[-1]))
    assert len(longest) in (MAX_TOKEN_BYTES - 1, MAX_TOKEN_BYTES)  # base64url skips one length in four
    assert len(issued) < len(tokens), "the next one is not issued"
    user.context.add_cookies(
        [{"name": NAME, "value": issued[-1], "url": f"http://127.0.0.1:{demo.port}", "secure": True}]
    )
    page = user.open(f"http://127.0.0.1:{demo.port}/docs")
    values = [issued[-1]]
    for _ in range(3):
        assert page.evaluate(REFRESH) == 200
        values.append(user.cookie()["value"])
    assert len(set(values)) == 4, "each was kept in place of the one before"
    assert {len(value) for value in values[1:]} == {len(longest)}
