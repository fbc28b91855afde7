"""Broken and odd HTTP: each request gets one well-formed response, or none if there is nothing to answer."""

from __future__ import annotations

import pytest

from tests.support.assertions import assert_problem, assert_refreshed
from tests.support.broken_http import BROKEN, ODD
from tests.support.broken_http.building import CHUNKED, CLOSE, HEAD, HOST, LINE, with_header, with_length
from tests.support.replies import read_all


@pytest.fixture(scope="module")
def good(service):
    """A token that must still work after each test."""
    return service.sign(sid="unbroken")


@pytest.mark.parametrize(("attack", "status"), BROKEN.values(), ids=BROKEN)
def test_broken_http_gets_one_answer_of_ours(service, good, attack, status):
    """The response has our body and headers, the connection closes, and the next client is served."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    replies = service.talk(attack.replace(b"%C", cookie), then_half_close=len(attack) < 1000)
    assert len(replies) == 1
    assert_problem(replies[0], status)
    assert replies[0].header("connection") == "close"
    assert_refreshed(service.refresh(good))


@pytest.mark.parametrize("request_bytes", ODD.values(), ids=ODD)
def test_odd_but_allowed_http_is_served(service, good, request_bytes):
    """What HTTP allows is served like any other request."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    replies = service.talk(request_bytes.replace(b"%C", cookie), then_half_close=True)
    assert len(replies) == 1
    assert_refreshed(replies[0])


TRAILERS = {
    "cookie": (lambda cookie: cookie, False, 401),
    "API key": (lambda _: b"X-API-Key: unknown\r\n", True, 200),
    "version": (lambda _: b"Verifa-Version: 1999-01-01\r\n", True, 200),
    "Host": (lambda _: HOST, True, 200),
    "origin": (lambda _: b"Origin: https://evil.example\r\n", True, 200),
    "Content-Length": (lambda _: b"Content-Length: 5000\r\n", True, 400),
}


@pytest.mark.parametrize(("trailer", "with_cookie", "status"), TRAILERS.values(), ids=TRAILERS)
def test_trailer_never_counts_as_a_header(service, good, trailer, with_cookie, status):
    """A header in a trailer has no effect (RFC 9110 section 6.5.1)."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    attack = LINE + HOST + (cookie if with_cookie else b"") + CLOSE + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n"
    (reply,) = service.talk(attack + trailer(cookie) + b"\r\n")
    assert reply.status == status


def test_request_before_broken_http_on_a_connection_is_answered(service, good):
    """Two good requests and garbage in one packet get 200, 200 and 400 in this order, then the connection closes."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    first, second, third = service.talk((LINE + HOST + cookie + b"\r\n") * 2 + b"\0garbage\r\n\r\n")
    assert_refreshed(first)
    assert_refreshed(second)
    assert_problem(third, 400)


def test_broken_body_behind_a_good_request_is_answered_in_its_turn(service, good):
    """The good request gets its 200 before the request with broken chunks gets its 400."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    head = LINE + HOST + cookie
    first, second = service.talk(head + b"\r\n" + head + CHUNKED + b"\r\nzz\r\n")
    assert_refreshed(first)
    assert_problem(second, 400)


def test_request_that_is_refused_before_its_broken_body_is_answered_once(service, good):
    """A request without Host gets one 400, even when broken chunks follow in another packet."""
    with service.connect() as connection:
        connection.sendall(LINE + CHUNKED + b"\r\n")
        received = connection.recv(65536)
        connection.sendall(b"zz\r\n")
        received += read_all(connection)
    assert received.count(b"HTTP/1.1 400 ") == 1
    assert_refreshed(service.refresh(good))


def test_broken_request_keeps_its_id(service):
    """A request id that came before the fault is in the response and in the log."""
    for attack in (
        with_header(b"X-Request-Id: broken-1\r\nX: " + b"a" * 17000),
        LINE + b"X-Request-Id: broken-1\r\nX: y\r\n;\r\n",
    ):
        (reply,) = service.talk(attack.replace(b"%C", b""))
        assert reply.header("x-request-id") == "broken-1"
        assert (service.reason_of(reply) or "").startswith("head: ")


def test_broken_body_answer_is_readable_by_an_allowed_page(service, good):
    """The response to broken chunks has the request's id and the CORS headers."""
    headers = b"X-Request-Id: broken-2\r\nOrigin: https://dashboard.example.com\r\n"
    (reply,) = service.talk(LINE + HOST + headers + CHUNKED + b"\r\nzz\r\n")
    assert_problem(reply, 400)
    assert reply.header("x-request-id") == "broken-2"
    assert reply.header("access-control-allow-origin") == "https://dashboard.example.com"
    assert service.reason_of(reply) == "body: broken chunks"


@pytest.mark.parametrize("count", [2, 50])
def test_pipelined_requests_are_all_answered_in_order(service, good, count):
    """Requests that come in one packet each get a response with their own id."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    ids = [f"pipelined-{number}" for number in range(count)]
    replies = service.talk(
        b"".join(LINE + HOST + cookie + f"X-Request-Id: {name}\r\n\r\n".encode() for name in ids), then_half_close=True
    )
    assert [reply.header("x-request-id") for reply in replies] == ids
    for reply in replies:
        assert_refreshed(reply)


def test_client_that_half_closes_after_its_request_is_answered(service, good):
    """A client such as `nc -N`, which closes its sending side, still gets its response."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    (reply,) = service.talk(LINE + HOST + cookie + b"\r\n", then_half_close=True)
    assert_refreshed(reply)


@pytest.mark.parametrize(
    "sent", [b"", b"POST", HEAD, HEAD + b"Content-Length: 10\r\n\r\n{}", HEAD + CHUNKED + b"\r\n2\r\n{"],
    ids=["nothing", "half a line", "half a head", "half a body", "half a chunk"],
)  # fmt: skip
def test_client_that_ends_within_its_request_gets_nothing(service, good, sent):
    """The connection closes without a response."""
    assert service.talk(sent.replace(b"%C", b""), then_half_close=True) == []
    assert_refreshed(service.refresh(good))


def test_client_that_goes_away_within_its_body_is_logged_without_a_status(service, good):
    """The log has the request with status 0, and the next client is served."""
    with service.connect() as connection:
        connection.sendall(LINE + HOST + b"X-Request-Id: gone-away\r\nContent-Length: 10\r\n\r\n{}")
    line_of = service.log.request("gone-away")
    assert (line_of["status"], line_of["route"]) == (0, "none")
    assert_refreshed(service.refresh(good))


def test_request_that_comes_byte_by_byte_is_served(service, good):
    """Each byte of head and body comes in a packet of its own, and the response is the usual one."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    with service.connect() as connection:
        connection.setsockopt(6, 1, 1)  # TCP_NODELAY
        for byte in LINE + HOST + cookie + CLOSE + b"Content-Length: 2\r\n\r\n{}":
            connection.sendall(bytes([byte]))
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")


def test_client_that_expects_100_is_told_to_go_on(service, good):
    """The service sends 100 before the body is sent, then its response (RFC 9110 section 10.1.1)."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    with service.connect() as connection:
        connection.sendall(LINE + HOST + cookie + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_client_that_expects_100_for_too_long_a_body_is_refused_at_once(service):
    """The client gets a 413 and no 100, so it never sends the body."""
    (reply,) = service.talk(LINE + HOST + b"Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n")
    assert_problem(reply, 413)


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c", b"TLS/1.0"])
def test_connection_goes_on_after_an_upgrade_that_is_not_taken_up(service, good, upgrade):
    """The request is served as if it had asked for no upgrade, and so is the next one on the connection."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    ask = LINE + HOST + cookie + b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n\r\n"
    for reply in service.talk(ask, LINE + HOST + cookie + CLOSE + b"\r\n"):
        assert_refreshed(reply)


def test_client_that_is_refused_in_the_middle_of_sending_gets_its_answer(service):
    """A client that is still sending 1 MB gets its response, not a connection reset (RFC 9112 section 9.6)."""
    for attack, status in (
        (with_header(b"X: " + b"a" * 1_000_000), 431),
        (with_length(b"1000000", b" " * 1_000_000), 413),
    ):
        with service.connect() as connection:
            for start in range(0, len(attack), 50_000):
                connection.sendall(attack[start : start + 50_000])
            assert connection.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())
