"""Signals that end no service: SIGHUP has it look at its files, the others do nothing. None drops anything."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

import pytest

from tests.faults.test_workers import workers_of
from tests.support import program
from tests.support.cli_runner import CliRunner
from tests.support.dashboards import Tab, mint, refreshing, total
from tests.support.program import PROGRAM
from tests.support.replies import read_all, read_reply
from tests.support.waiting import wait_for

HARMLESS = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGTTIN, signal.SIGTTOU)
KEEP = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
# The files are looked at once an hour, so that only a signal can be why it was.
RARELY = """
from service.state import live_file
live_file.WATCH_SECONDS = 3600.0
from service.cli.program import main
if __name__ == "__main__":
    main()
"""


def start_looking_rarely(start, folder, workers):
    """A service that looks at its files once an hour, or at SIGHUP; returns once all workers are up."""
    script = folder / "rarely.py"
    script.write_text(RARELY)
    service = start("--workers", workers, command=[sys.executable, str(script)])
    service.wait_for_workers(int(workers))
    return service


def have_refreshed(tabs, enough):
    return all(tab.statuses[200] > count for tab, count in zip(tabs, enough, strict=True))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_signal_that_ends_no_service_drops_nothing(start, workers):
    """Connections stay, requests in flight are answered, and workers are neither replaced nor more or fewer.

    Each signal comes to the service, as by `kill`, and to all its processes, as by a terminal.
    """
    service = start("--workers", workers, RATE_LIMIT="1000000/minute")
    before = workers_of(service)
    tabs = [Tab(service, token) for token in mint(service, *"abcd")]
    head = b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n"
    with refreshing(tabs, pause=0.002), service.connect() as kept, service.connect() as slow:
        slow.sendall(head + f"Cookie: vk_org_token={service.login()}\r\n\r\n".encode() + b"{")
        kept.sendall(KEEP)
        assert read_reply(kept).status == 200
        for number in HARMLESS:
            os.kill(service.process.pid, number)
            os.killpg(service.process.pid, number)
            enough = [tab.statuses[200] + 20 for tab in tabs]
            wait_for(partial(have_refreshed, tabs, enough), "every tab to refresh on")
        kept.sendall(KEEP)
        assert read_reply(kept).status == 200
        slow.sendall(b"}")
        assert read_all(slow).startswith(b"HTTP/1.1 200 ")
    assert set(total(tabs)) == {200}
    assert workers_of(service) == before
    assert service.stop() == 0
    assert "Traceback" not in service.log.text()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_hangup_has_every_worker_look_at_the_key_file(start, tmp_path, workers):
    """After SIGHUP a new key is in force in each of them at once, without waiting for the watch."""
    service = start_looking_rarely(start, tmp_path, workers)
    kid = service.cli("keys", "add").stdout.strip().encode()

    def knowing():
        return {kid in service.get("/.well-known/jwks.json").body for _ in range(20)}

    assert knowing() == {False}
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: knowing() == {True}, "the key in every worker", 3)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_hangup_in_the_middle_of_starting_or_stopping_ends_nothing(tmp_path, workers):
    """A SIGHUP to all processes, at any moment after the address was printed, and until the end."""
    command = [PROGRAM, "serve", "--port", "0", "--workers", workers]
    environ = CliRunner(tmp_path).environ
    server = program.start(command, environ, tmp_path, output=tmp_path / "output", log=tmp_path / "log")
    log = tmp_path / "log"

    def up():
        os.killpg(server.process.pid, signal.SIGHUP)
        return log.read_text().count("store available") >= int(workers)

    wait_for(up, "every worker", 20)
    assert "died" not in log.read_text()
    server.process.send_signal(signal.SIGTERM)

    def ended():
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGHUP)
        return server.process.poll() is not None

    wait_for(ended, "the end", 20)
    assert server.process.returncode == 0
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_quit_stops_as_term_does(start, workers):
    """SIGQUIT, by a terminal to all processes, leaves no core file with keys in it: it ends the service with status 0."""
    service = start("--workers", workers)
    os.killpg(service.process.pid, signal.SIGQUIT)
    assert service.process.wait(20) == 0
