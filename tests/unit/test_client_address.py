"""The client's address: in one form, and found behind trusted proxies."""

from __future__ import annotations

import pytest

from service.http.client_address import TrustedProxies, plain
from service.runtime.settings import read


def proxies(text):
    return TrustedProxies(read({"SESSION_REFRESH_FORWARDED_ALLOW_IPS": text}).forwarded_allow_ips)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("0:0:0:0:0:ffff:c000:0201", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::", "::"),
    ],
)
def test_address_has_one_form(address, form):
    """IPv4 in its IPv6 form is IPv4, and a zone says nothing to others (RFC 4291 section 2.5.5.2, RFC 4007)."""
    assert plain(address) == form


TRUSTED = {
    "127.0.0.1": (["127.0.0.1", "::1"], ["127.0.0.2", "::2", "192.0.2.1", "", "unknown"]),
    "127.0.0.0/8": (["127.0.0.1", "127.9.9.9", "::1"], ["128.0.0.1"]),
    "::1": (["::1"], ["::2"]),
    "::ffff:127.0.0.1": (["127.0.0.1", "::1"], ["127.0.0.2"]),
    "::ffff:10.0.0.0/104": (["10.1.2.3"], ["11.0.0.1", "::1"]),
    "10.0.0.0/8,2001:db8::/32": (["10.1.2.3", "2001:db8::7"], ["127.0.0.1", "::1", "2001:db9::1"]),
    "": ([], ["127.0.0.1", "::1"]),
}


@pytest.mark.parametrize("setting", TRUSTED)
def test_peer_is_trusted_in_either_form(setting):
    """::1 is trusted as 127.0.0.1 is, and an IPv4 address or network is meant in its IPv6 form, too."""
    trusted, others = TRUSTED[setting]
    proxies_of_setting = proxies(setting)
    assert [peer for peer in trusted if peer not in proxies_of_setting] == []
    assert [peer for peer in others if peer in proxies_of_setting] == []


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7:4711"], "203.0.113.7"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["[2001:db8::7]"], "2001:db8::7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["[::ffff:cb00:7107]:1"], "203.0.113.7"),
        (["fe80::7%eth0"], "fe80::7"),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7, 10.0.0.9"], "203.0.113.7"),
        (["203.0.113.7, ::ffff:10.0.0.9, 127.0.0.1"], "203.0.113.7"),
        (["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        (["203.0.113.7, unknown"], "127.0.0.1"),
        (["203.0.113.7,"], "127.0.0.1"),
        (["unknown"], "127.0.0.1"),
        ([""], "127.0.0.1"),
        (["\xff"], "127.0.0.1"),
        (["[2001:db8::7"], "2001:db8::7"),
        (["1.2.3.4.5"], "127.0.0.1"),
    ],
)
def test_client_is_the_first_address_that_no_trusted_proxy_has(forwarded, client):
    """From the right: what stands left of it, the client may have made up. Without an address there it is the peer."""
    headers = [value.encode("latin-1") for value in forwarded]
    assert proxies("127.0.0.1,10.0.0.0/8").client("127.0.0.1", headers) == client
