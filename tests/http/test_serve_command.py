"""`serve`: its address, its signals, the keys it picks up while it runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import urllib.request

import jwt
import pytest

from tests.support import program
from tests.support.assertions import assert_fails, assert_problem, assert_refreshed
from tests.support.program import PROGRAM
from tests.support.service import Service
from tests.support.waiting import wait_for


def test_port_in_use_is_one_line(runner):
    """The line names host and port, and what to do. No call is printed: it would reach whoever has the port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        for options in ((), ("--example-call",)):
            done = runner.run("serve", "--port", port, *options, check=False)
            assert_fails(done, 1, f"--host 127.0.0.1 --port {port}: the port is in use; name another one, or 0")


@pytest.mark.parametrize("options", [("--port", "0"), ("--port", "0", "--host", "::1")])
def test_printed_call_reaches_this_service(runner, tmp_path, options):
    """It names the port that is in use here, whichever was picked, and refreshes."""
    if "::1" in options and not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 on this machine")
    output, log = tmp_path / "output", tmp_path / "log"
    command = [PROGRAM, "serve", "--example-call", *options]
    with program.running(command, runner.environ, tmp_path, output=output, log=log) as server:
        call = wait_for(lambda: [line for line in output.read_text().splitlines() if "curl" in line], "the call")[0]
        *_, method, url, _, header = shlex.split(call)
        runner.secrets.add(header.partition("vk_org_token=")[2])
        assert url == f"{server.address}/api/v1/auth/refresh"
        request = urllib.request.Request(url, method=method, headers=dict([header.split(": ", 1)]))
        with urllib.request.urlopen(request, timeout=20) as response:
            assert (response.status, response.read()) == (200, b'{"refreshed": true}')


@pytest.mark.parametrize("host", ["nonsense.invalid", "300.1.1.1", "192.0.2.1", "a..b"])
def test_host_that_is_not_ours_is_one_line(runner, host):
    """The line names a host without an address, or with the address of another machine."""
    assert_fails(runner.run("serve", "--host", host, "--port", "0", check=False), 1, f"--host {host}")


@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGTERM), ("2", signal.SIGTERM), ("1", signal.SIGINT)])
def test_signal_stops_the_service_with_exit_0(start, workers, number):
    """With one worker or two, standard error has log lines only."""
    running = start("--workers", workers)
    assert_refreshed(running.refresh(running.sign()))
    assert running.stop(number) == 0
    log = running.log.text()
    assert "Traceback" not in log
    assert all(line.startswith("{") for line in log.splitlines())


def test_port_0_picks_a_free_port_and_prints_it(tmp_path):
    """The printed port is the one that the service answers on."""
    service = Service(tmp_path).start()
    assert service.port > 0
    assert service.process is not None
    assert service.get("/healthz").status == 200
    assert service.stop() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_signal_in_the_middle_of_starting_is_not_lost(runner, tmp_path, workers):
    """A SIGTERM right after the address was printed ends the program with status 0 and no traceback."""
    command = [PROGRAM, "serve", "--port", "0", "--workers", workers]
    server = program.start(command, runner.environ, tmp_path, output=tmp_path / "output", log=tmp_path / "log")
    assert server.stop() == 0
    assert "listens on" in (tmp_path / "output").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_service_listens_on_ipv6(runner, tmp_path, host):
    """`--host ::1` works, in brackets too, and the printed address has them."""
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 on this machine")
    command = [PROGRAM, "serve", "--host", host, "--port", "0"]
    server = program.start(command, runner.environ, tmp_path, output=tmp_path / "output", log=tmp_path / "log")
    assert server.stop() == 0
    printed = (tmp_path / "output").read_text()
    assert re.fullmatch(r"session-refresh listens on http://\[::1\]:([0-9]+)\n", printed)


def test_changed_key_file_is_picked_up_and_a_broken_one_refused(start):
    """A change takes effect within 2 s.

    While the file is broken the old keys stay in use, and log and /readyz tell it.
    """
    running = start()
    token = running.sign()
    good = running.keys_file.read_bytes()
    for broken in (b"garbage", b"", b'{"keys": []}'):
        before = len(running.log.lines())
        running.keys_file.write_bytes(broken)

        def refused(before=before):
            return [line for line in running.log.lines()[before:] if line["event"].startswith("key file refused")]

        (line,) = wait_for(refused, "the broken file to be refused", 2.0)
        assert line["level"] == "error"
        assert str(running.keys_file) in line["reason"]
        assert_refreshed(running.refresh(token))
        ready = running.get("/readyz")
        assert ready.status == 200
        assert ready.json()["keys"] == "degraded: the key file cannot be used"
    running.keys_file.chmod(0o644)
    running.keys_file.write_bytes(good)
    wait_for(lambda: "mode is 0644" in running.log.text(), "the mode to be noticed", 2.0)
    running.keys_file.chmod(0o600)
    wait_for(lambda: running.get("/readyz").json()["keys"] == "ok", "the good file to be picked up", 2.0)
    new = running.run("keys", "add", "--alg", "ES256").stdout.strip()
    running.run("keys", "promote", "--force", new)
    wait_for(
        lambda: jwt.get_unverified_header(assert_refreshed(running.refresh(token)))["kid"] == new,
        "the new key to sign",
        2.0,
    )
    old = json.loads(good)["keys"][0]["kid"]
    fresh = assert_refreshed(running.refresh(token))
    running.run("keys", "retire", old, "--force")
    reply = wait_for(lambda: (r := running.refresh(token)).status == 401 and r, "the old key to be gone", 2.0)
    assert_problem(reply, 401)
    assert_refreshed(running.refresh(fresh))
