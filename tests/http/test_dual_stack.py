"""`--host ::` answers on both families, and everything sees the same client whichever it uses."""

from __future__ import annotations

import os
import socket

import pytest

from tests.support import versions
from tests.support.assertions import assert_fails, assert_problem, assert_refreshed
from tests.support.client import request_bytes
from tests.support.replies import read_reply
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="no IPv6 on this machine")
REFRESH = "/api/v1/auth/refresh"
BOTH = ("127.0.0.1", "::1")


def ask(running, address, *headers, path=REFRESH, method="POST"):
    """The response to a request that is sent to that address."""
    with socket.create_connection((address, running.port), timeout=10) as connection:
        connection.sendall(request_bytes(method, path, *headers))
        return running.note(read_reply(connection))


def client_of(running, reply):
    return running.log.request(reply.header("x-request-id"))["client"]


@pytest.mark.parametrize("host", ["::", "[::]", "0:0::0"])
def test_unspecified_address_is_that_of_both_families(start, host):
    """With brackets, too. The address that is printed is a URL, and an IPv4 client is logged as one."""
    running = start("--host", host)
    replies = [ask(running, address, path="/healthz", method="GET") for address in BOTH]
    assert [reply.status for reply in replies] == [200, 200]
    assert [client_of(running, reply) for reply in replies] == list(BOTH)
    assert f"http://[{host.strip('[]')}]:{running.port}\n" in (running.folder / "output").read_text()


@pytest.mark.parametrize("host", ["", "[]", "[127.0.0.1", "::1]", "1::2::3", "::1%nosuchzone"])
def test_address_that_is_none_is_one_line(runner, host):
    """None of them is taken for every address of the machine."""
    assert_fails(runner.run("serve", "--host", host, "--port", "0", check=False), 1, "--host ")


def test_machine_without_ipv6_is_told_what_to_use(runner, monkeypatch):
    """Where the kernel has no IPv6 at all, `--host ::` is one line that names the address of IPv4."""
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    assert_fails(runner.run("serve", "--host", "::", "--port", "0", check=False), 1, "--host ::", "no IPv6; 0.0.0.0")


def test_loopback_is_trusted_in_every_form(start):
    """By default a proxy on this machine may tell the client's address, however it connects: 127.0.0.1, mapped, ::1."""
    running = start("--host", "::")
    for address in BOTH:
        for told, client in (
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"),
        ):
            assert client_of(running, ask(running, address, f"X-Forwarded-For: {told}")) == client
    assert "X-Forwarded-For ignored" not in running.log.text()


def test_network_of_ipv4_is_trusted_through_a_socket_of_both(start):
    """FORWARDED_ALLOW_IPS is compared with the IPv4 address of a mapped peer, and ::1 is in the network of 127.0.0.1."""
    running = start("--host", "::", FORWARDED_ALLOW_IPS="127.0.0.0/30")
    for address in BOTH:
        assert client_of(running, ask(running, address, "X-Forwarded-For: 203.0.113.7")) == "203.0.113.7"


def test_key_and_limit_see_the_same_address_as_the_log(start):
    """An API key's IPv4 network holds for a mapped peer, and the limit of failures is the IPv4 address's own."""
    running = start("--host", "::", FORWARDED_ALLOW_IPS="", FAILURE_RATE_LIMIT="3/day")
    create = ("api-keys", "create", "--org", "org-1", "--version", versions.OTHER, "--allow-ip", "127.0.0.1")
    key = f"X-API-Key: {running.run(*create).stdout.strip()}"
    cookie = f"Cookie: vk_org_token={running.sign()}"
    wait_for(lambda: ask(running, "127.0.0.1", cookie, key).status == 200, "the key to be known")
    reply = ask(running, "::1", cookie, key)
    assert_problem(reply, 401)
    assert running.reason_of(reply) == "api key: not from this address"
    for _ in range(3):
        ask(running, "127.0.0.1")
    assert ask(running, "127.0.0.1").status == 429
    assert ask(running, "::1").status == 401
    assert_refreshed(ask(running, "127.0.0.1", cookie))
