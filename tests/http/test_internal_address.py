"""The address of the internal listener: flag and setting, what is printed, what is refused, and the end of both."""

from __future__ import annotations

import os
import re
import signal
import socket
from functools import partial
from pathlib import Path

import pytest

from tests.support.assertions import REFRESH, assert_fails, assert_refreshed
from tests.support.processes import children
from tests.support.replies import read_reply
from tests.support.waiting import wait_for


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_lets_what_is_in_flight_on_both_finish(start, workers):
    """Requests whose bodies are still coming are answered, new connections refused, and the program ends with 0."""
    service = start("--internal", "127.0.0.1:0", "--workers", workers)
    clients = (service, service.internal)
    head = "{} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCookie: vk_org_token={}\r\n\r\n{{"
    open_ = []
    for client, line in zip(clients, (f"POST {REFRESH}", "GET /verify"), strict=True):
        connection = client.connect()
        connection.sendall(head.format(line, service.login()).encode())
        open_.append(connection)
        assert client.get("/healthz").status == 200
    service.process.send_signal(signal.SIGTERM)

    def refuses(client):
        try:
            client.connect().close()
        except ConnectionError:
            return True
        return False

    for client, connection in zip(clients, open_, strict=True):
        wait_for(partial(refuses, client), "the listener to close")
        connection.sendall(b"}")
        assert read_reply(connection).status == 200
        connection.close()
    assert service.stop() == 0


def test_worker_that_is_started_later_serves_both(start):
    """The supervisor passes the listening sockets on, with what they lead to."""
    service = start("--internal", "127.0.0.1:0", "--workers", "2")
    internal, token = service.internal, service.sign()
    before = workers(service)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(workers(service) - before) == 2, "two other workers", 20)

    def serve_both():
        try:
            return internal.get("/verify").status == 401 and internal.get("/docs").status == 404
        except OSError:
            return False

    wait_for(serve_both, "the internal listener to answer", 20)
    assert_refreshed(service.refresh(token))
    assert service.get("/verify").status == 404
    assert service.stop() == 0


def workers(service):
    """The process ids of those that share the listening sockets."""
    return {pid for pid in children(service.process.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()}


def test_addresses_are_printed_a_line_each(start):
    """The public one first, as without an internal listener; SESSION_REFRESH_INTERNAL does what the flag does."""
    service = start(INTERNAL="127.0.0.1:0")
    assert service.internal.get("/healthz").status == 200
    printed = (service.folder / "output").read_text()
    assert re.fullmatch(
        r"session-refresh listens on http://127\.0\.0\.1:\d+\nits internal listener is http://127\.0\.0\.1:\d+\n",
        printed,
    )


@pytest.mark.parametrize("flag", ["", "127.0.0.1:0"])
def test_flag_wins_over_the_setting(start, flag):
    """An address that cannot be used stands in the setting; and an empty flag switches the listener off."""
    service = start("--internal", flag, INTERNAL="192.0.2.1:1")
    printed = (service.folder / "output").read_text()
    if flag:
        assert service.internal.get("/verify").status == 401
    else:
        assert "internal" not in printed
        assert service.get("/verify").status == 404


def test_address_that_cannot_be_used_is_one_line(runner):
    """It names the listener and why. Nothing is served on the other one, and nothing is printed."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        assert_fails(
            runner.run("serve", "--port", "0", "--internal", taken, check=False), 1, f"--internal {taken}", "in use"
        )
        port = taken.partition(":")[2]
        same = runner.run("serve", "--port", port, "--internal", "127.0.0.1:0", check=False)
        assert_fails(same, 1, f"--port {port}", "in use")
    for address in ("192.0.2.1:1", "nonsense.invalid:1", "[::1%nosuchzone]:1"):
        done = runner.run("serve", "--port", "0", check=False, INTERNAL=address)
        assert_fails(done, 1, f"--internal {address}")


def test_both_listeners_on_one_port_is_one_line(runner):
    """The same address twice cannot be bound."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
    done = runner.run("serve", "--port", port, "--internal", f"127.0.0.1:{port}", check=False)
    assert_fails(done, 1, f"--internal 127.0.0.1:{port}", "in use")


@pytest.mark.parametrize("text", ["8081", ":8081", "::1:8081", "127.0.0.1:99999", "http://127.0.0.1:1"])
def test_address_that_is_none_is_wrong_usage(runner, text):
    """Status 2 and one line, for the flag as for the setting."""
    assert_fails(runner.run("serve", "--internal", text, check=False), 2, "--internal: must be HOST:PORT", text)
    assert_fails(
        runner.run("serve", check=False, INTERNAL=text), 2, "SESSION_REFRESH_INTERNAL: must be HOST:PORT", text
    )


@pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="no IPv6 on this machine")
def test_unspecified_address_is_that_of_both_families(start):
    """[::] answers on IPv4 too, while the public listener stays on the address of its own."""
    service = start("--internal", "[::]:0")
    token = service.sign()
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, service.internal.port), timeout=10) as connection:
            connection.sendall(f"GET /verify HTTP/1.1\r\nHost: a\r\nCookie: vk_org_token={token}\r\n\r\n".encode())
            reply = read_reply(connection)
        assert reply.status == 200
        assert service.log.request(reply.header("x-request-id"))["client"] == address
    assert_refreshed(service.refresh(token))
