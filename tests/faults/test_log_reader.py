"""A log that nobody reads, an output that is closed or full: neither stops the service, nor keeps it from starting."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
from contextlib import ExitStack, suppress

import pytest

from tests.support.program import PROGRAM
from tests.support.server_process import free_port
from tests.support.service import Service
from tests.support.service_log import ServiceLog
from tests.support.waiting import wait_for

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CONNECTIONS, EACH = 32, 1000


class UnreadLog:
    """A pipe in the place of the log file. It is read only when a test wants to."""

    def __init__(self, folder):
        self.path = folder / "log.pipe"
        os.mkfifo(self.path)
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)  # both ends: neither open() waits
        self.received = b""

    def read(self):
        """All that the pipe holds now."""
        try:
            while more := os.read(self._descriptor, 65536):
                self.received += more
        except BlockingIOError:
            pass
        return self.received

    def fill(self):
        """Writes until the pipe takes no more."""
        with suppress(BlockingIOError):
            while True:
                os.write(self._descriptor, b"x" * 4096)

    def close(self):
        os.close(self._descriptor)


@pytest.fixture
def service(tmp_path):
    """A service that a test starts in its own way. It is stopped at the end, whatever happened."""
    service = Service(tmp_path, LOG_FORMAT="json", METRICS="true")
    yield service
    if service.server is not None:
        service.stop()


@pytest.fixture
def unread(tmp_path):
    log = UnreadLog(tmp_path)
    yield log
    log.close()


def flood(service):
    """Makes more log lines than a pipe and the buffer of each worker take. Every request is answered."""
    with ExitStack() as stack:
        clients = [stack.enter_context(service.connect(60)) for _ in range(CONNECTIONS)]
        for client in clients:
            client.sendall(HEALTH * EACH)
            client.shutdown(socket.SHUT_WR)
        for client in clients:
            received = b""
            while more := client.recv(1 << 20):
                received += more
            assert received.count(b"HTTP/1.1 200 OK\r\n") == EACH


def dropped(service):
    shown = service.get("/metrics").body.decode()
    (total,) = re.findall(r"^session_refresh_log_lines_dropped_total ([0-9.e+]+)$", shown, re.MULTILINE)
    return float(total)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_log_that_nobody_reads_stops_nothing(service, unread, workers):
    """Every request is answered, what is dropped is counted and reported, and SIGTERM ends the service as usual."""
    service.options = ("--workers", workers)
    service.log = ServiceLog(unread.path)
    service.start()
    flood(service)
    assert service.refresh(service.login()).status == 200
    wait_for(lambda: dropped(service), "dropped lines to be counted")

    def reported():
        unread.read()
        return b"log lines dropped" in unread.received

    wait_for(reported, "the log to say how many lines are missing")
    lines = [json.loads(line) for line in unread.received.rpartition(b"\n")[0].splitlines()]  # each of them is whole
    totals = [line["total"] for line in lines if line["event"] == "log lines dropped"]
    assert max(totals) > 0
    wait_for(lambda: dropped(service) >= max(totals), "the metric to count as many")
    flood(service)  # the pipe is full again
    assert service.get("/healthz").status == 200
    service.process.terminate()
    assert service.process.wait(10) == 0


def test_flood_loses_no_line_of_a_log_that_is_read(service):
    """Clients that send their requests in long pipelines make many lines a second. None of them is dropped."""
    service.start()
    flood(service)
    service.log_mark()
    assert service.log.events().count("request") >= CONNECTIONS * EACH
    assert dropped(service) == 0


OUTPUTS = {
    "stdout closed": ">&-",
    "stdout full": "> /dev/full",
    "stdout a full pipe": "> {pipe}",
    "stderr closed": "2>&-",
    "stderr full": "2> /dev/full",
    "stdin, stdout and stderr closed": "<&- >&- 2>&-",
}


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("redirection", OUTPUTS.values(), ids=OUTPUTS)
def test_output_that_cannot_be_written_is_no_reason_not_to_start(service, unread, redirection, workers):
    """The service starts, serves and stops; and nothing that it wants to say goes into another file."""
    unread.fill()
    service.port = free_port()
    service.make_state()
    command = f"echo http://127.0.0.1:{service.port}; exec {PROGRAM} serve --port {service.port} --workers {workers} "
    service.command = ["sh", "-c", command + redirection.format(pipe=unread.path), "sh"]
    service.start()
    assert service.refresh(service.login()).status == 200
    service.process.terminate()
    assert service.process.wait(10) == 0
    database = sqlite3.connect(service.state / "state.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    for file in service.state.iterdir():
        assert b"listens on" not in file.read_bytes()
        assert b'"event":' not in file.read_bytes()
