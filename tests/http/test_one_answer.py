"""One request, one answer, its body read by its own framing: whatever it asks to go over to (RFC 9110 section 7.8)."""

from __future__ import annotations

import itertools

import pytest

from tests.support.assertions import is_problem, is_refreshed
from tests.support.broken_http.building import CHUNKED, HOST, LINE
from tests.support.replies import read_all

# A body that would be another request, and get an answer of its own, if anybody read it as one.
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: smuggled\r\n\r\n"
CONNECTIONS = (b"Upgrade", b"upgrade", b"keep-alive, Upgrade", b"Upgrade, HTTP2-Settings")
PROTOCOLS = (b"websocket", b"h2c", b"TLS/1.0", b"anything", b"websocket, h2c")
UPGRADES = {
    f"{connection.decode()}: {protocol.decode()}": b"Connection: %b\r\nUpgrade: %b\r\n" % (connection, protocol)
    for connection, protocol in itertools.product(CONNECTIONS, PROTOCOLS)
} | {
    "twice": b"Connection: Upgrade\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    "with an expectation": b"Connection: Upgrade\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n",
    "without naming a protocol": b"Connection: Upgrade\r\n",
    "unasked": b"Upgrade: websocket\r\n",
    "not at all": b"",
}


def declared(body):
    return b"Content-Length: %d\r\n" % len(body), body


def chunked(body, *, size):
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return CHUNKED, b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


BODIES = {
    "none": ((b"", b""), 200),
    "none, declared": (declared(b""), 200),
    "none, in chunks": (chunked(b"", size=1), 200),
    "{}": (declared(b"{}"), 200),
    "{} in chunks": (chunked(b"{}", size=1), 200),
    "{} in chunks, with a trailer": ((CHUNKED, b"2\r\n{}\r\n0\r\nX-Request-Id: trailer\r\n\r\n"), 200),
    "a request": (declared(SMUGGLED), 400),
    "a request in chunks": (chunked(SMUGGLED, size=1000), 400),
    "a request in small chunks": (chunked(SMUGGLED, size=7), 400),
    "ten requests": (declared(SMUGGLED * 10), 400),
}
SPLITS = {
    "in one packet": lambda data: [data],
    "split behind the head": lambda data: [data[: data.index(b"\r\n\r\n") + 4], data[data.index(b"\r\n\r\n") + 4 :]],
    "split within the end of the head": lambda data: [
        data[: data.index(b"\r\n\r\n") + 2], data[data.index(b"\r\n\r\n") + 2 :],
    ],
    "in pieces of 50 bytes": lambda data: [data[start : start + 50] for start in range(0, len(data), 50)],
}  # fmt: skip


def statuses(service, token, upgrade, body, split, *, method=b"POST"):
    """The statuses of what is answered to a request with that body, and to a good one behind it; and the log's ids."""
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
    """Two requests get two answers, each its own, whatever upgrade the first one asks for."""
    token = service.sign(sid="one-answer")
    for upgrade in UPGRADES.values():
        first, second = statuses(service, token, upgrade, body, split)
        if status == 200:
            is_refreshed(first)
        else:
            is_problem(first, status)
        is_refreshed(second)


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"PATCH", b"LINK", b"QUERY"])
def test_body_of_any_method_is_read_by_its_framing(service, method):
    """What the path does not take is refused once, body and all, and the next request is served."""
    token = service.sign(sid="one-answer")
    for upgrade in (b"", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"):
        for body in (declared(SMUGGLED), chunked(SMUGGLED, size=50)):
            first, second = statuses(service, token, upgrade, body, SPLITS["in one packet"], method=method)
            is_problem(first, 405)
            is_refreshed(second)


def test_many_upgrades_on_one_connection_are_all_answered(service):
    """Each is answered in its turn, with its own id, and each body is its own."""
    cookie = b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    ids = [b"upgrade-%d" % number for number in range(40)]
    sent = b"".join(
        LINE + HOST + cookie + b"X-Request-Id: %b\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" % name
        + b"Content-Length: 2\r\n\r\n{}"
        for name in ids
    )  # fmt: skip
    replies = service.talk(sent, then_half_close=True)
    assert [reply.header("x-request-id") for reply in replies] == [name.decode() for name in ids]
    for reply in replies:
        is_refreshed(reply)


@pytest.mark.parametrize("attack", [b"zz\r\n", b"5\r\n{}\r\n", b"2\r\n{}\r\n0\r\nX: \0\r\n\r\n"])
def test_broken_body_behind_an_upgrade_ends_the_connection(service, attack):
    """One 400, and nothing of what follows is answered."""
    head = LINE + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + CHUNKED + b"\r\n"
    (reply,) = service.talk(head + attack + SMUGGLED * 2)
    is_problem(reply, 400)
    assert reply.header("connection") == "close"


def test_trailer_that_closes_the_connection_closes_it(service):
    """What the parser takes for the end, the answer says, too: a proxy would wait for ever on such a connection."""
    head = LINE + HOST + b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode() + CHUNKED + b"\r\n"
    (reply,) = service.talk(head + b"2\r\n{}\r\n0\r\nConnection: close\r\n\r\n" + SMUGGLED)
    is_refreshed(reply)
    assert reply.header("connection") == "close"


def test_broken_http_behind_a_good_request_is_answered_at_once(service):
    """However much of it has come: not when a timer ends the wait for a head."""
    good = LINE + HOST + b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    for broken in (b"\0" * 20_000, b"BAD\0 / HT\r\n\r\nX\r\n\r\n", b"\r\n" * 20_000 + b"\0\r\n\r\n"):
        for body in (b"\r\n", b"Content-Length: 2\r\n\r\n{}"):
            first, second = service.talk(good + body + broken, seconds=5)
            is_refreshed(first)
            assert second.status in (400, 431)


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
    """What comes behind it, as the body or as another request, is not answered."""
    with service.connect() as connection:
        connection.sendall(head + framing)
        received = connection.recv(65536)
        connection.sendall(SMUGGLED * 2)
        received += read_all(connection)
    assert received.startswith(b"HTTP/1.1 %d " % status)
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in received


def test_expectation_in_http_1_0_is_ignored(service):
    """RFC 9110 section 10.1.1: a 100 would be taken for the answer by who does not know it."""
    head = LINE.replace(b"1.1", b"1.0") + HOST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    (reply,) = service.talk(head + b"{}")
    is_problem(reply, 401)


def test_requests_before_a_half_one_are_answered(service):
    """A client that ends within its third request gets its two answers, and nothing else."""
    cookie = b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    whole = LINE + HOST + cookie + b"\r\n"
    for half in (b"Content-Length: 9\r\n\r\n{}", CHUNKED + b"\r\n2\r\n{", b""):
        replies = service.talk(whole * 2 + LINE + HOST + half, then_half_close=True)
        assert [reply.status for reply in replies] == [200, 200]


def test_answer_to_a_request_that_closes_is_not_lost_to_what_comes_behind_it(service):
    """1 MB of further requests is still on its way: they are not answered, and the answer before them arrives."""
    cookie = b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    for _ in range(5):
        with service.connect() as connection:
            connection.sendall(LINE + HOST + cookie + b"Connection: close\r\n\r\n" + SMUGGLED * 12_000)
            received = read_all(connection)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert received.count(b"HTTP/1.1 ") == 1


def test_any_number_of_pipelined_requests_is_answered_in_order(service):
    """Only a few wait at a time, the rest is read when those are answered: none is lost, none changes places."""
    token = service.sign(sid="one-answer").encode()
    ids = [b"many-%d" % number for number in range(500)]
    bodies = itertools.cycle([b"\r\n", b"Content-Length: 2\r\n\r\n{}", CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n"])
    sent = b"".join(
        LINE + HOST + b"Cookie: vk_org_token=%b\r\nX-Request-Id: %b\r\n%b" % (token, name, body)
        for name, body in zip(ids, bodies, strict=False)
    )
    replies = service.talk(sent, then_half_close=True)
    assert [reply.header("x-request-id") for reply in replies] == [name.decode() for name in ids]
    assert {reply.status for reply in replies} == {200}
