"""The client's address: a trusted proxy may name it, nobody else may."""

from __future__ import annotations

import pytest

from tests.support import versions
from tests.support.assertions import (
    assert_problem,
    assert_refreshed,
)
from tests.support.waiting import wait_for


def create_key(running, *networks):
    options = [word for network in networks for word in ("--allow-ip", network)]
    key = running.run("api-keys", "create", "--org", "org-1", "--version", versions.OTHER, *options).stdout.strip()
    return f"X-API-Key: {key}"


FORWARDED = {
    "of the allowed network": ("X-Forwarded-For: 203.0.113.7", 200),
    "with a port": ("X-Forwarded-For: 203.0.113.7:4711", 200),
    "last of several": ("X-Forwarded-For: 198.51.100.1, 203.0.113.7", 200),
    "made up by the client": ("X-Forwarded-For: 203.0.113.7, 198.51.100.1", 401),
    "of IPv6": ("X-Forwarded-For: 2001:db8::7", 200),
    "of IPv6 with a port": ("X-Forwarded-For: [2001:db8::7]:4711", 200),
    "of another network": ("X-Forwarded-For: 198.51.100.1", 401),
    "no address": ("X-Forwarded-For: unknown", 401),
    "empty": ("X-Forwarded-For:", 401),
    "Forwarded": ("Forwarded: for=203.0.113.7", 401),
    "X-Real-IP": ("X-Real-IP: 203.0.113.7", 401),
    "none": ("X: y", 401),
}


def test_address_counts_as_a_trusted_proxy_tells_it(start):
    """A key's networks are compared with X-Forwarded-For: 127.0.0.1 is a trusted proxy by default."""
    running = start()
    token, key = running.sign(), create_key(running, "203.0.113.0/24", "2001:db8::/32")
    wait_for(lambda: running.refresh(token, key, "X-Forwarded-For: 203.0.113.7").status == 200, "the key to be known")
    for name, (header, status) in FORWARDED.items():
        assert running.refresh(token, key, header).status == status, name
    two = running.refresh(token, key, "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.7")
    assert_refreshed(two)


def test_ipv4_address_in_its_ipv6_form_is_the_same_client(start):
    """A proxy on a dual-stack socket tells of IPv4 clients as ::ffff:…; so may a network of a key be written."""
    running = start(FAILURE_RATE_LIMIT="2/day")
    token, plain = running.sign(), create_key(running, "203.0.113.0/24")
    mapped = create_key(running, "::ffff:203.0.113.0/120")
    wait_for(
        lambda: running.refresh(token, mapped, "X-Forwarded-For: 203.0.113.9").status == 200, "the key to be known"
    )
    for address in ("203.0.113.7", "::ffff:203.0.113.7", "::FFFF:CB00:7107", "[::ffff:203.0.113.7]:4711"):
        for key in (plain, mapped):
            assert_refreshed(running.refresh(token, key, f"X-Forwarded-For: {address}"))
    for key in (plain, mapped):
        assert_problem(running.refresh(token, key, "X-Forwarded-For: ::ffff:198.51.100.1"), 401)
    for address, status in (("203.0.113.7", 401), ("::ffff:203.0.113.7", 401), ("::ffff:cb00:7107", 429)):
        reply = running.refresh("x.y.z", f"X-Forwarded-For: {address}")
        assert_problem(reply, status)
        assert running.log.request(reply.header("x-request-id"))["client"] == "203.0.113.7"


def test_address_that_an_untrusted_peer_tells_counts_for_nothing(start):
    """X-Forwarded-For from a peer that is no trusted proxy is ignored: the peer's own address is used."""
    running = start(FORWARDED_ALLOW_IPS="192.0.2.1")
    token = running.sign()
    there, here = create_key(running, "203.0.113.0/24"), create_key(running, "127.0.0.1")
    wait_for(lambda: running.refresh(token, here).status == 200, "the key to be known")
    assert_refreshed(running.refresh(token, here, "X-Forwarded-For: 203.0.113.7"))
    reply = running.refresh(token, there, "X-Forwarded-For: 203.0.113.7")
    assert_problem(reply, 401)
    assert running.reason_of(reply) == "api key: not from this address"
    assert running.log.request(reply.header("x-request-id"))["client"] == "127.0.0.1"


def test_no_peer_is_trusted_where_the_list_is_empty(start):
    """With FORWARDED_ALLOW_IPS empty, no peer may name another address."""
    running = start(FORWARDED_ALLOW_IPS="")
    reply = running.refresh(None, "X-Forwarded-For: 203.0.113.7")
    assert running.log.request(reply.header("x-request-id"))["client"] == "127.0.0.1"


def test_failures_count_for_the_address_that_a_trusted_proxy_tells(start):
    """The failures of one client do not block others behind the same proxy. An IPv6 client is its /64 network."""
    running = start(FAILURE_RATE_LIMIT="2/day")
    token = running.sign()
    first, second = "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 203.0.113.8"
    for _ in range(2):
        assert_problem(running.refresh("x.y.z", first), 401)
    assert_problem(running.refresh("x.y.z", first), 429)
    # Made-up hops do not help.
    assert_problem(running.refresh("x.y.z", "X-Forwarded-For: 198.51.100.9, 203.0.113.7"), 429)
    assert_problem(running.refresh("x.y.z", second), 401)
    assert_refreshed(running.refresh(token, first))
    for host in (1, 2):
        assert_problem(running.refresh("x.y.z", f"X-Forwarded-For: 2001:db8:0:1::{host}"), 401)
    assert_problem(running.refresh("x.y.z", "X-Forwarded-For: 2001:db8:0:1::3"), 429)
    assert_problem(running.refresh("x.y.z", "X-Forwarded-For: 2001:db8:0:2::3"), 401)


def test_limits_do_not_depend_on_what_an_untrusted_peer_tells(start):
    """A client cannot avoid the limit by a new X-Forwarded-For in each request."""
    running = start(FAILURE_RATE_LIMIT="2/day", FORWARDED_ALLOW_IPS="192.0.2.1")
    for number in range(2):
        assert_problem(running.refresh("x.y.z", f"X-Forwarded-For: 203.0.113.{number}"), 401)
    assert_problem(running.refresh("x.y.z", "X-Forwarded-For: 203.0.113.9"), 429)


def warnings(running):
    return [line for line in running.log.lines() if line["event"].startswith("X-Forwarded-For ignored")]


def test_untrusted_peer_that_tells_an_address_is_one_warning(start):
    """A proxy that nobody told the service of is named once in the life of a worker, with the setting."""
    running = start(FORWARDED_ALLOW_IPS="192.0.2.1")
    for number in range(20):
        running.refresh(None, f"X-Forwarded-For: 203.0.113.{number}")
    running.talk(b"BROKEN\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
    running.log_mark()
    (line,) = warnings(running)
    assert (line["level"], line["peer"]) == ("warning", "127.0.0.1")
    assert "SESSION_REFRESH_FORWARDED_ALLOW_IPS" in line["event"]
    assert "203.0.113" not in str(line)


def test_trusted_proxy_and_plain_clients_are_no_warning(start):
    """Nothing is said where the setting is right, or nobody sends the header."""
    running = start()
    running.refresh(None, "X-Forwarded-For: 203.0.113.7")
    running.refresh(None, "X-Forwarded-For: nonsense")
    running.refresh(None)
    running.log_mark()
    assert warnings(running) == []


@pytest.mark.parametrize("trusted", ["127.0.0.1", "192.0.2.1"])
def test_forwarded_proto_changes_nothing(start, trusted):
    """No answer depends on X-Forwarded-Proto, whoever sends it: an origin is compared with Host without its scheme."""
    running = start(FORWARDED_ALLOW_IPS=trusted)
    token = running.sign()
    origins = {
        "http://127.0.0.1": 200,
        "https://127.0.0.1": 200,
        "https://127.0.0.1:443": 200,
        "http://127.0.0.1:81": 403,
    }
    for origin, status in origins.items():
        for proto in ((), ("X-Forwarded-Proto: https",), ("X-Forwarded-Proto: http",), ("X-Forwarded-Proto: x",)):
            assert running.refresh(token, f"Origin: {origin}", *proto).status == status, (origin, proto)
