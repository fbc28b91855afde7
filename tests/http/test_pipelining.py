"""Requests that follow one another on a connection are answered in order, each once."""

from __future__ import annotations

import itertools

from tests.support.assertions import assert_refreshed
from tests.support.broken_http.building import CHUNKED, HOST, LINE
from tests.support.replies import read_all
from tests.support.smuggling import SMUGGLED


def test_many_upgrades_on_one_connection_are_all_answered(service):
    """Each request gets its own response, in order, and each body belongs to its own request."""
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
        assert_refreshed(reply)


def test_broken_http_behind_a_good_request_is_answered_at_once(service):
    """The response does not wait for a timer, however much broken input has come."""
    good = LINE + HOST + b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    for broken in (b"\0" * 20_000, b"BAD\0 / HT\r\n\r\nX\r\n\r\n", b"\r\n" * 20_000 + b"\0\r\n\r\n"):
        for body in (b"\r\n", b"Content-Length: 2\r\n\r\n{}"):
            first, second = service.talk(good + body + broken, seconds=5)
            assert_refreshed(first)
            assert second.status in (400, 431)


def test_requests_before_a_half_one_are_answered(service):
    """A client that stops within its third request gets two responses and nothing else."""
    cookie = b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    whole = LINE + HOST + cookie + b"\r\n"
    for half in (b"Content-Length: 9\r\n\r\n{}", CHUNKED + b"\r\n2\r\n{", b""):
        replies = service.talk(whole * 2 + LINE + HOST + half, then_half_close=True)
        assert [reply.status for reply in replies] == [200, 200]


def test_answer_to_a_request_that_closes_is_not_lost_to_what_comes_behind_it(service):
    """The response arrives while 1 MB of further requests is under way, which get none."""
    cookie = b"Cookie: vk_org_token=%b\r\n" % service.sign(sid="one-answer").encode()
    for _ in range(5):
        with service.connect() as connection:
            connection.sendall(LINE + HOST + cookie + b"Connection: close\r\n\r\n" + SMUGGLED * 12_000)
            received = read_all(connection)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert received.count(b"HTTP/1.1 ") == 1


def test_any_number_of_pipelined_requests_is_answered_in_order(service):
    """The service reads a few at a time. None is lost, and the order is kept."""
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
