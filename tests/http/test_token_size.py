"""A cookie of more than 4,096 bytes, name and value together, is neither taken nor issued: browsers drop it silently."""

from __future__ import annotations

import time

import pytest

from tests.support.assertions import UNAUTHORIZED, assert_problem, assert_refreshed
from tests.support.waiting import wait_for

NAME = "vk_org_token"
LIMIT = 4096 - len(NAME)
TOO_LONG = "token: its successor would be longer than 4084 bytes"


@pytest.fixture
def running(start):
    """A service whose log may have errors."""
    return start()


def of_length(service, length):
    """A good token of exactly this many bytes, whose successor is shorter: it lacks one member of the header."""
    for pad in range(4):
        token = service.longest(length, header={"pad": "x" * pad}, jti="x" * 60, auth_time=int(time.time()))
        if len(token) == length:
            return token
    raise AssertionError(length)


def test_cookie_of_4096_bytes_is_taken_and_one_byte_more_is_not(service):
    """Up to the length that browsers keep, the name counted, a token is read; one of a byte more is a 401."""
    assert_refreshed(service.refresh(of_length(service, LIMIT)))
    reply = service.refresh(of_length(service, LIMIT + 1))
    assert_problem(reply, 401)
    assert reply.body == UNAUTHORIZED
    assert service.reason_of(reply) == "token: too long"


def test_longest_cookie_is_issued_and_no_longer_one(running):
    """A successor up to the limit is issued, and refreshed itself. A longer one is a 503, and the log names the limit."""
    longest = 0
    for length in range(LIMIT - 90, LIMIT + 1):  # of tokens that lack what the successor gets: `jti` and `auth_time`
        token = running.longest(length)
        reply = running.refresh(token)
        if reply.status == 200:
            fresh = assert_refreshed(reply)
            assert len(NAME + fresh) <= 4096
            longest = max(longest, len(fresh))
            assert_refreshed(running.refresh(fresh))
        else:
            assert reply.status == 503
            assert running.log.request(reply.header("x-request-id"))["level"] == "error"
            assert running.reason_of(reply) == TOO_LONG
    assert longest in (LIMIT - 1, LIMIT)  # base64url skips one length in four
    assert reply.status == 503


def test_signing_key_with_larger_signatures_signs_nobody_out(running):
    """After an RSA key was promoted, a session whose successor is too long gets 503 until the old key signs again."""
    short, long = running.sign(), running.longest(LIMIT - 100, jti="x" * 22, auth_time=None)
    assert_refreshed(running.refresh(long))
    old = running.cli("keys", "list").stdout.split()[0]
    large = running.cli("keys", "add", "--alg", "RS256").stdout.strip()
    running.cli("keys", "promote", "--force", large)
    wait_for(lambda: running.refresh(long).status != 200, "the new key to sign")
    reply = running.refresh(long)
    assert reply.status == 503
    assert reply.header("x-ratelimit-limit") == "300", "it was counted before it was found to be too long"
    assert running.reason_of(reply) == TOO_LONG
    assert len(assert_refreshed(running.refresh(short))) < LIMIT
    running.cli("keys", "promote", "--force", old)
    wait_for(lambda: running.refresh(long).status == 200, "the old key to sign")
