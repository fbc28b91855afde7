"""Which path a request is for is decided once: no spelling reaches an operation by a way around the origin check."""

from __future__ import annotations

import json
import socket

import pytest

from tests.support.assertions import REFRESH, is_problem, is_refreshed
from tests.support.replies import read_reply

FOREIGN = ("Origin: https://evil.example", "Sec-Fetch-Site: same-site")
TAILS = [
    *(f"%{byte:02X}" for byte in range(256) if not (chr(byte).isascii() and chr(byte).isalnum())),
    *(f"%{byte:02x}" for byte in (0x0A, 0x0D, 0x2F, 0x3F, 0x23, 0xA0)),
    "%0D%0A", "%0A%0A", "%0d%0a%0d%0a", "%250A", "%%30A", "%0A/", "%0A?x", "%00%0A", "%0", "%", "%%", "%u000A",
    "%E2%80%A8", "%E2%80%A9", "%C2%85", "/", "//", "/.", "/..", "/./", ".", "..", ";", ";x=y", ";/", "\\", "#", "#x",
    "#?x", "&", "&x=y", ",", "+", "*", "@", ":80", "~", "!", "'", "()", "%3F", "%3Fx=y", "%23x", "/%2e", "/%2e%2e", "%2F",
    "/x", "x", "%78", ".json", ".yaml", "%2Ejson",
]  # fmt: skip
SPELLINGS = [
    "/api/v1/auth%2Frefresh", "/api%2fv1/auth/refresh", "%2Fapi/v1/auth/refresh", "/api/v1/auth//refresh",
    "//api/v1/auth/refresh", "/./api/v1/auth/refresh", "/api/v1/auth/./refresh", "/api/v1/auth/x/../refresh",
    "/api/v1/auth/%2e/refresh", "/api/v1/auth/x/%2E%2e/refresh", "/api/v1/auth/REFRESH", "/api/v1/auth/%52EFRESH",
    "/api/v1/auth/refres%68%0A", "/api/v1/auth\\refresh", "/api/v1/auth;x/refresh", "/%0A/api/v1/auth/refresh",
    "/api/v1/auth/%2572efresh", "/api/v1/auth/refresh/%0A", "http://127.0.0.1/api/v1/auth/refresh%0A",
    "http://127.0.0.1/api/v1/auth%2Frefresh", "http://127.0.0.1//api/v1/auth/refresh",
]  # fmt: skip
GOOD = [
    REFRESH, "/api/v1/auth/%72efresh", "/%61%70%69/v1/auth/refres%68", "/api/%761/auth/refresh", f"{REFRESH}?",
    f"{REFRESH}?%0A", f"{REFRESH}?x=/y", f"http://127.0.0.1{REFRESH}", f"HTTPS://other.example:443{REFRESH}?x",
    "http://[::1]/api/v1/auth/%72efresh",
]  # fmt: skip
BESIDE = [
    "/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", "/openapi.yaml", "/openapi.json", "/docs",
]  # fmt: skip


def test_paths_of_the_table_are_those_of_the_document(service):
    """A path that the document gets goes into this table."""
    assert list(json.loads(service.get("/openapi.json").body)["paths"]) == [REFRESH]


@pytest.fixture(scope="module")
def ask(service):
    """Asks for a target with a good cookie; the reply. As many as possible over one connection."""
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
    """404 to the byte: line ends, blanks, dots, slashes, in whatever encoding. Never a cookie."""
    tails = [tail for tail in TAILS if tail not in ("~", "%7E", "%2D", "%2E", "%5F")]
    for target in [*(REFRESH + tail for tail in tails), *SPELLINGS]:
        reply = ask(target, *headers, method=method)
        assert (target, reply.status) == (target, 404 if target.startswith(("/", "http")) else 400)
        assert not reply.all("set-cookie")


@pytest.mark.parametrize("target", GOOD)
def test_every_spelling_that_is_the_path_passes_the_origin_check(ask, target):
    """Equivalent by RFC 3986 section 6.2.2.2, or with a query, or absolute: routed, and refused to a foreign page."""
    is_refreshed(ask(target))
    is_problem(ask(target, *FOREIGN), 403)
    for method in ("GET", "TRACE", "OPTIONS"):
        is_problem(ask(target, *FOREIGN, method=method), 403)
        is_problem(ask(target, method=method), 405)
    is_problem(ask(target, "Origin: null"), 403)
    is_problem(ask(target, *FOREIGN, "Access-Control-Request-Method: POST", method="OPTIONS"), 403)


@pytest.mark.parametrize("path", BESIDE)
def test_path_beside_the_contract_is_one_spelling_too(ask, path):
    """What is served there is found by its own name alone."""
    assert ask(path, method="GET").status == 200
    for tail in TAILS:
        assert (tail, ask(path + tail, method="GET").status) == (tail, 404)
