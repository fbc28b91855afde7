"""The memory that workers share: what one published is read by all, and goes on when another takes its place."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest

from service.telemetry.metrics import Metrics
from service.telemetry.shared_counts import HALF_BYTES, create

WORKER = """
import sys
from service.telemetry.shared_counts import SharedCounts
counts = SharedCounts(int(sys.argv[1]))
print(counts.claim().decode(), flush=True)
counts.publish(sys.argv[2].encode())
sys.stdin.read()
"""

# What a worker shows that had three crashes.
PUBLISHED = (
    '{"counts":{"responses":[],"refusals":{},"bindings":[],"crashes":3,"restarts":0,"dropped_lines":0},"gauges":[]}'
)


@pytest.fixture
def counts():
    counts = create()
    yield counts
    os.close(counts._descriptor)


@contextmanager
def worker(counts, text):
    """Another process that has claimed a slot and published `text`; what it found in the slot."""
    descriptor = counts._descriptor
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(descriptor), text],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[descriptor],
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        found = process.stdout.readline().decode().strip()
        while text.encode() not in [data for _, data in counts.published()]:
            assert process.poll() is None
        yield found
        process.kill()


def test_all_read_what_each_published(counts):
    """The living have slots of their own."""
    with worker(counts, "a"), worker(counts, "b"):
        assert sorted(counts.published()) == [(True, b"a"), (True, b"b")]


def test_slot_of_the_dead_is_taken_with_what_is_in_it(counts):
    """Nothing that was counted is lost, and the memory does not grow with each worker that is replaced."""
    for number, before in enumerate(["", "0", "1", "2"]):
        with worker(counts, str(number)) as found:
            assert found == before
        assert list(counts.published()) == [(False, str(number).encode())]
    assert counts.claim() == b"3"


def test_half_that_is_being_written_hides_nothing(counts):
    """A worker that ended in the middle of writing leaves what it had written before."""
    counts.claim()
    counts.publish(b"whole")
    counts.publish(b"torn")
    os.pwrite(counts._descriptor, b"x", counts._place(0, 2) + 14)
    assert list(counts.published()) == [(True, b"whole")]


def test_too_much_is_refused(counts):
    """It would be written into the next half."""
    counts.claim()
    with pytest.raises(OSError, match="too large"):
        counts.publish(b"x" * HALF_BYTES)


def test_write_that_fails_leaves_what_was_there(counts):
    """Where memory is short an error is raised. A mapped file would end the process."""
    counts.claim()
    counts.publish(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            counts.publish(b"after")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(counts.published()) == [(True, b"before")]


def test_counters_go_on_in_the_worker_that_replaces_another():
    """Prometheus takes a counter that goes back for a new beginning."""
    counts = create()
    first = Metrics(counts)
    first.observe("a", 200, 0.5, "")
    first.observe("a", 401, 7, "cookie: none")
    first.observe("b", 200, 0.5, "", bound=True)
    first.observe("b", 401, 0.5, "device: none", bound=True)  # not let through
    first.state(3.0, 5, True, 2)
    second = Metrics(counts)  # in the same process, which has the lock already
    second.observe("a", 200, 0.1, "")
    second.observe("b", 200, 0.1, "", bound=True)
    second.observe("b", 200, 0.1, "", bound=False)
    second.state(1.0, 4, False, 1)
    text = second.text().decode()
    assert 'session_refresh_response_seconds_count{route="a",status="200"} 2.0' in text
    assert 'session_refresh_response_seconds_bucket{le="0.1",route="a",status="200"} 1.0' in text
    assert 'session_refresh_response_seconds_bucket{le="+Inf",route="a",status="401"} 1.0' in text
    assert 'session_refresh_response_seconds_sum{route="a",status="200"} 0.6' in text
    assert 'session_refresh_refusals_total{reason="cookie: none"} 1.0' in text
    assert 'session_refresh_session_requests_total{binding="bound",route="b"} 2.0' in text
    assert 'session_refresh_session_requests_total{binding="unbound",route="b"} 1.0' in text
    assert "session_refresh_log_lines_dropped_total 3.0" in text
    assert "session_refresh_store_staleness_seconds 1.0" in text
    assert "session_refresh_local_limits 0.0" in text
    assert "session_refresh_worker_restarts_total 1.0" in text
    os.close(counts._descriptor)


def test_one_worker_shows_what_many_show():
    """The format does not depend on the number of workers."""
    counts = create()
    both = [Metrics(), Metrics(counts)]
    for metrics in both:
        metrics.observe("a", 200, 0.5, "x")
        metrics.state(1.0, 2, True, 3)
    assert both[0].text() == both[1].text()
    os.close(counts._descriptor)


def test_worker_that_ended_is_missing_until_another_takes_its_place():
    """Each such place is counted, and a crash that it counted is not forgotten."""
    counts = create()
    ours = Metrics(counts)
    ours.state(0.0, 0, False, 0)
    with worker(counts, PUBLISHED):
        assert b'session_refresh_workers{state="running"} 2.0' in ours.text()
    text = ours.text()
    assert b'session_refresh_workers{state="running"} 1.0' in text
    assert b'session_refresh_workers{state="missing"} 1.0' in text
    assert b"session_refresh_worker_restarts_total 0.0" in text
    assert b"session_refresh_crashes_total 3.0" in text
    os.close(counts._descriptor)


def test_reader_takes_no_lock(counts, monkeypatch):
    """A worker that starts at that moment would pass over the slot of the dead, which would then be missing for good."""
    with worker(counts, "first"):
        pass
    monkeypatch.delattr(fcntl, "lockf")
    assert list(counts.published()) == [(False, b"first")]
