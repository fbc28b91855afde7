"""A request with two faults is refused for the earlier in the documented order."""

from __future__ import annotations

import itertools

import pytest

from tests.support.assertions import LIMIT_HEADERS, assert_problem

FAULTS: list[tuple[int, list[str], bytes]] = [
    (413, [], b" " * 1025),
    (403, ["Origin: https://evil.example"], b""),
    (401, ["X-API-Key: unknown"], b""),
    (400, ["Verifa-Version: 1999-01-01"], b""),
    (415, ["Content-Type: text/plain"], b"\xff"),
]


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(len(FAULTS)), 2)))
def test_of_two_faults_the_earlier_in_the_order_is_told(service, token, first, second):
    """The order is size, origin, credentials, version, body."""
    (status, headers, body), (_, more_headers, other_body) = FAULTS[first], FAULTS[second]
    assert_problem(service.refresh(token, *headers, *more_headers, body=body or other_body), status)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (["Content-Type: text/plain"], b"not JSON", 415),
        (["Verifa-Version: x"], b"not JSON", 400),
        (["Verifa-Version: x"], b"null", 400),
        (["Content-Type: text/plain"], b"null", 415),
    ],
)
def test_of_two_faults_in_version_and_body_the_earlier_is_told(service, token, headers, body, status):
    """The version is checked before the body, and the body's type before its content."""
    reply = service.refresh(token, *headers, body=body)
    assert_problem(reply, status)
    if status == 400:
        assert "Verifa-Version" in reply.json()["detail"]
    assert all(reply.header(name) for name in LIMIT_HEADERS)


def test_no_cookie_goes_before_version_and_body(service):
    """A request without a cookie is a 401, whatever else is wrong with it."""
    assert_problem(service.refresh(None, "Verifa-Version: x", "Content-Type: text/plain", body=b"x"), 401)
