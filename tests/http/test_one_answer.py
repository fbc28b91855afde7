"""One request gets one answer, and its body is read by its own framing, whatever upgrade it asks for."""

from __future__ import annotations

import pytest

from tests.support.assertions import assert_problem, assert_refreshed
from tests.support.broken_http.building import CHUNKED, HOST, LINE
from tests.support.replies import read_all
from tests.support.smuggling import BODIES, SMUGGLED, UPGRADES, chunked, declared

SPLITS = {
    "in one packet": lambda data: [data],
    "split behind the head": lambda data: [data[: data.index(b"\r\n\r\n") + 4], data[data.index(b"\r\n\r\n") + 4 :]],
    "split within the end of the head": lambda data: [
        data[: data.index(b"\r\n\r\n") + 2], data[data.index(b"\r\n\r\n") + 2 :],
    ],
    "in pieces of 50 bytes": lambda data: [data[start : start + 50] for start in range(0, len(data), 50)],
}  # fmt: skip


def statuses(service, token, upgrade, body, split, *, method=b"POST"):
    """The responses to a request with that body and to a good request behind it. The log has both, and no other."""
    cookie = b"Cookie: vk_org_token=%b\r\n" % token.encode()
    framing, content = body
    line = LINE.replace(b"POST", method)
    first = line + HOST + cookie + b"X-Request-Id: first\r\n" + upgrade + framing + b"\r\n" + content
    second = LINE + HOST + cookie + b"X-Request-Id: second\r\nConnection: close\r\n\r\n"
    mark = service.log_mark()
    replies = [reply for reply in service.talk(*split(first + second)) if reply.status != 100]
    logged = [line["id"] for line in service.requests_since(mark)]
    assert logged == [reply.header("x-request-id") for reply in replies] == ["first", "second"]
    return replies


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_body_is_never_read_as_the_next_request(service, body, status, split):
    """Two requests get two responses, whatever upgrade the first one asks for."""
    token = service.sign(sid="one-answer")
    for upgrade in UPGRADES.values():
        first, second = statuses(service, token, upgrade, body, split)
        if status == 200:
            assert_refreshed(first)
        else:
            assert_problem(first, status)
        assert_refreshed(second)


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"PATCH", b"LINK", b"QUERY"])
def test_body_of_any_method_is_read_by_its_framing(service, method):
    """A wrong method is refused once, its body is read, and the next request is served."""
    token = service.sign(sid="one-answer")
    for upgrade in (b"", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"):
        for body in (declared(SMUGGLED), chunked(SMUGGLED, size=50)):
            first, second = statuses(service, token, upgrade, body, SPLITS["in one packet"], method=method)
            assert_problem(first, 405)
            assert_refreshed(second)


@pytest.mark.parametrize("attack", [b"zz\r\n", b"5\r\n{}\r\n", b"2\r\n{}\r\n0\r\nX: \0\r\n\r\n"])
def test_broken_body_behind_an_upgrade_ends_the_connection(service, attack):
    """The response is one 400, and nothing that follows is answered."""
    head = LINE + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + CHUNKED + b"\r\n"
    (reply,) = service.talk(head + attack + SMUGGLED * 2)
    assert_problem(reply, 400)
    assert reply.header("connection") == "close"


def test_trailer_that_closes_the_connection_closes_it(service):
    """A trailer with `Connection: close` ends the connection in our parser.

    The response says so, or a proxy would wait for ever.
    """
    head = LINE + HOST + b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode() + CHUNKED + b"\r\n"
    (reply,) = service.talk(head + b"2\r\n{}\r\n0\r\nConnection: close\r\n\r\n" + SMUGGLED)
    assert_refreshed(reply)
    assert reply.header("connection") == "close"


EARLY = {
    "no Host": (LINE, b"Content-Length: %d\r\n\r\n" % len(SMUGGLED), 400),
    "no Host, chunked": (LINE, CHUNKED + b"\r\n", 400),
    "two Hosts": (LINE + HOST + HOST, b"Content-Length: %d\r\n\r\n" % len(SMUGGLED), 400),
    "too long a body": (LINE + HOST, b"Content-Length: 5000\r\n\r\n", 413),
    "no Host, and an upgrade": (LINE, b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + CHUNKED + b"\r\n", 400),
    "no Host, HEAD": (LINE.replace(b"POST", b"HEAD"), b"Content-Length: %d\r\n\r\n" % len(SMUGGLED), 400),
}


@pytest.mark.parametrize(("head", "framing", "status"), EARLY.values(), ids=EARLY)
def test_answer_given_before_the_body_was_read_closes(service, head, framing, status):
    """Nothing that follows is answered, neither as the body nor as another request."""
    with service.connect() as connection:
        connection.sendall(head + framing)
        received = connection.recv(65536)
        connection.sendall(SMUGGLED * 2)
        received += read_all(connection)
    assert received.startswith(b"HTTP/1.1 %d " % status)
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in received


def test_expectation_in_http_1_0_is_ignored(service):
    """A client of HTTP/1.0 would take a 100 for the response (RFC 9110 section 10.1.1)."""
    head = LINE.replace(b"1.1", b"1.0") + HOST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    (reply,) = service.talk(head + b"{}")
    assert_problem(reply, 401)
