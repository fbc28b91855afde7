"""API keys: what holds, and that nothing but a digest is kept."""

import ipaddress
import re
from dataclasses import replace

import pytest

from security import api_keys
from security.api_keys import ApiKey
from security.errors import Unauthorized

NOW = 1_900_000_000
KEY = ApiKey("ak_1", "digest", "org-1", "2026-01-01", False, NOW - 10)
OFFICE = tuple(ipaddress.ip_network(each) for each in ("10.0.0.0/8", "2001:db8::/32"))


def test_key_is_long_and_random():
    """A key tells its kind and holds 256 random bits; its digest is SHA-256."""
    live, sandbox = api_keys.generate(sandbox=False), api_keys.generate(sandbox=True)
    assert re.fullmatch(r"vk_live_[A-Za-z0-9_-]{43}", live)
    assert re.fullmatch(r"vk_sandbox_[A-Za-z0-9_-]{43}", sandbox)
    assert live != api_keys.generate(sandbox=False)
    assert api_keys.digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("key", "address"),
    [
        (KEY, "203.0.113.9"),
        (KEY, ""),
        (replace(KEY, expires_at=NOW + 1), "203.0.113.9"),
        (replace(KEY, networks=OFFICE), "10.1.2.3"),
        (replace(KEY, networks=OFFICE), "::ffff:10.1.2.3"),
        (replace(KEY, networks=OFFICE), "2001:db8::1"),
    ],
)
def test_key_holds(key, address):
    """A live key of the session's organisation, from an allowed address, holds."""
    assert api_keys.check(key, "org-1", address, NOW) is key


@pytest.mark.parametrize(
    ("key", "organisation", "address", "reason"),
    [
        (None, "org-1", "10.1.2.3", "unknown"),
        (replace(KEY, revoked_at=NOW), "org-1", "10.1.2.3", "revoked"),
        (replace(KEY, expires_at=NOW), "org-1", "10.1.2.3", "expired"),
        (KEY, "org-2", "10.1.2.3", "another organisation"),
        (replace(KEY, networks=OFFICE), "org-1", "11.1.2.3", "this address"),
        (replace(KEY, networks=OFFICE), "org-1", "2001:db9::1", "this address"),
        (replace(KEY, networks=OFFICE), "org-1", "", "this address"),
        (replace(KEY, networks=OFFICE), "org-1", "unix", "this address"),
    ],
)
def test_key_does_not_hold(key, organisation, address, reason):
    """Unknown, revoked, expired, of another organisation, or from elsewhere: refused."""
    with pytest.raises(Unauthorized, match=reason):
        api_keys.check(key, organisation, address, NOW)
