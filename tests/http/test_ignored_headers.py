"""Headers that the interface does not name change nothing."""

from __future__ import annotations

import pytest

from tests.support.assertions import assert_refreshed


@pytest.mark.parametrize("value", ["", "a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "x" * 5000, "\xff"])
def test_idempotency_key_is_accepted_and_ignored(service, token, value):
    """Two requests with the same key are two refreshes, with two tokens."""
    first, second = (service.refresh(token, f"Idempotency-Key: {value}") for _ in range(2))
    assert assert_refreshed(first) != assert_refreshed(second)


@pytest.mark.parametrize(
    "header",
    ["Accept: text/html", "Accept: nonsense", "Accept-Encoding: gzip, br", "Accept-Language: de", "Range: bytes=0-1",
     "If-Match: x", "If-None-Match: *", "If-Modified-Since: x", "Prefer: respond-async", "X-HTTP-Method-Override: GET",
     "Content-Encoding: gzip", "X-Forwarded-Proto: ftp", "X-Forwarded-Host: evil", "Forwarded: for=1.2.3.4",
     "TE: trailers", "X-Original-URL: /nowhere", "Cookie2: x", "Keep-Alive: timeout=1",
     "Via: 1.1 x", "Max-Forwards: 0"],
)  # fmt: skip
def test_other_headers_do_not_matter(service, token, header):
    """A header that the interface does not name changes nothing."""
    assert_refreshed(service.refresh(token, header))
