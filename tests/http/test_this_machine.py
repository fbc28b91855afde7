"""What hands out sessions to whoever asks, the demo and the example call, does so on this machine alone."""

from __future__ import annotations

import shlex

import pytest

from tests.http.test_demo import ACTIONS, OWN, PAGES
from tests.http.test_demo_is_off import REFUSALS
from tests.support.assertions import assert_refreshed
from tests.support.service import Service


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A service with the demo."""
    running = Service(tmp_path_factory.mktemp("demo"), "--demo", LOG_FORMAT="json").start()
    yield running
    assert running.stop() == 0


@pytest.mark.parametrize("path", [*PAGES, *ACTIONS])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example:80",
                                  "127.0.0.2", "[::2]", "localhost:80:80", "localhost@evil.example"])  # fmt: skip
def test_demo_answers_to_this_machine_alone(demo, path, host):
    """A name that somebody pointed to this machine gets nothing (DNS rebinding): to a browser it is of the same origin."""
    method = "POST" if path in ACTIONS else "GET"
    name = host.format(port=demo.port)
    head = f"{method} {path} HTTP/1.1\r\nHost: {name}\r\nOrigin: http://{name}\r\n{OWN}\r\nConnection: close\r\n\r\n"
    reply = demo.raw(head.encode())
    assert reply.status in (400, 403)
    assert reply.all("set-cookie") == []


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:{port}", "127.0.0.1:{port}", "[::1]:{port}", "[::1]", "127.0.0.1:"]
)
def test_demo_knows_this_machine_by_its_names(demo, host):
    """With and without a port."""
    head = f"GET /demo/ HTTP/1.1\r\nHost: {host.format(port=demo.port)}\r\nConnection: close\r\n\r\n"
    assert demo.raw(head.encode()).status == 200


def test_example_call_is_printed_with_the_port_it_got(tmp_path):
    """`serve --example-call` prints a call that works as pasted; it is refused where the demo is."""
    service = Service(tmp_path, "--example-call").start()
    try:
        listens, pasted = (tmp_path / "output").read_text().splitlines()
        assert listens == f"session-refresh listens on http://127.0.0.1:{service.port}"
        url = f"http://127.0.0.1:{service.port}/api/v1/auth/refresh"
        *words, header, cookie = shlex.split(pasted)
        assert (words, header) == (["curl", "-i", "-X", "POST", url], "-H")
        assert_refreshed(service.request(cookie))
    finally:
        assert service.stop() == 0
    for options, settings, named in REFUSALS.values():
        refused = Service(tmp_path, **settings).run("serve", "--port", "0", "--example-call", *options, check=False)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
        assert "--example-call" in refused.stderr
        assert named in refused.stderr
