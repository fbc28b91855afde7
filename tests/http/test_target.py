"""The path of a request is decided once, so that no spelling gets around the origin check."""

from __future__ import annotations

import json
import socket

import pytest

from tests.support.assertions import REFRESH, assert_problem, assert_refreshed
from tests.support.replies import read_reply
from tests.support.targets import GOOD, SPELLINGS, TAILS

FOREIGN = ("Origin: https://evil.example", "Sec-Fetch-Site: same-site")


BESIDE = [
    "/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", "/openapi.yaml", "/openapi.json", "/docs",
    "/docs.md", "/llms.txt", "/llms-full.txt",
]  # fmt: skip


def test_paths_of_the_table_are_those_of_the_document(service):
    """When the document gets another path, this table needs it too."""
    assert list(json.loads(service.get("/openapi.json").body)["paths"]) == [REFRESH]


@pytest.fixture(scope="module")
def ask(service):
    """Sends a request for a target with a good cookie, over one connection for as long as that is kept."""
    cookie = f"Cookie: vk_org_token={service.sign(sid='target')}"
    connections: list[socket.socket] = []

    def ask(target, *headers, method="POST"):
        if not connections:
            connections.append(service.connect())
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", cookie, *headers, "", ""]
        connections[0].sendall("\r\n".join(lines).encode())
        reply = service.note(read_reply(connections[0]))
        if reply.header("connection") == "close":
            connections.pop().close()
        return reply

    yield ask
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("headers", [(), FOREIGN], ids=["good", "foreign"])
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
def test_path_with_anything_behind_it_is_another_path(ask, headers, method):
    """Line ends, blanks, dots or slashes behind the path are a 404 without a cookie, in any encoding."""
    tails = [tail for tail in TAILS if tail not in ("~", "%7E", "%2D", "%2E", "%5F")]
    for target in [*(REFRESH + tail for tail in tails), *SPELLINGS]:
        reply = ask(target, *headers, method=method)
        assert (target, reply.status) == (target, 404 if target.startswith(("/", "http")) else 400)
        assert not reply.all("set-cookie")


@pytest.mark.parametrize("target", GOOD)
def test_every_spelling_that_is_the_path_passes_the_origin_check(ask, target):
    """A spelling that is equivalent (RFC 3986 section 6.2.2.2) is routed, and refused to a page of another origin."""
    assert_refreshed(ask(target))
    assert_problem(ask(target, *FOREIGN), 403)
    for method in ("GET", "TRACE", "OPTIONS"):
        assert_problem(ask(target, *FOREIGN, method=method), 403)
        assert_problem(ask(target, method=method), 405)
    assert_problem(ask(target, "Origin: null"), 403)
    assert_problem(ask(target, *FOREIGN, "Access-Control-Request-Method: POST", method="OPTIONS"), 403)


@pytest.mark.parametrize("path", BESIDE)
def test_path_beside_the_contract_is_one_spelling_too(ask, path):
    """Each of these paths is found by its exact name only."""
    assert ask(path, method="GET").status == 200
    for tail in TAILS:
        assert (tail, ask(path + tail, method="GET").status) == (tail, 404)
