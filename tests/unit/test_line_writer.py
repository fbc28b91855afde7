"""The line writer never makes its caller wait, keeps lines whole, and counts what it drops."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from select import PIPE_BUF

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.telemetry import line_writer
from service.telemetry.line_writer import MAX_LINES, LineWriter

LINE = b"x" * 99 + b"\n"


def report(total: int) -> bytes:
    return b"dropped %d\n" % total


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe. They are left open: a thread of ours may still be writing."""
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


def read_lines(descriptor: int, count: int) -> list[bytes]:
    """At least so many lines, each of them whole."""
    received = b""
    while received.count(b"\n") < count or not received.endswith(b"\n"):
        received += os.read(descriptor, 65536)
    return received.splitlines(keepends=True)


def test_lines_are_written_in_order():
    """Whoever reads gets every line, in the order in which they were written."""
    with pipe() as (reader, descriptor):
        writer = LineWriter(descriptor)
        lines = [b"line %d\n" % number for number in range(1000)]
        for line in lines:
            writer.write(line)
        assert read_lines(reader, 1000) == lines
        assert writer.dropped == 0


def test_pipe_that_nobody_reads_makes_nobody_wait():
    """Far more lines than the pipe and the buffer take: each call returns, the rest is dropped, counted and reported."""
    with pipe() as (reader, descriptor):
        writer = LineWriter(descriptor, report)
        for _ in range(3 * MAX_LINES):
            writer.write(LINE)
        dropped = writer.dropped
        assert MAX_LINES < dropped < 3 * MAX_LINES
        began = time.monotonic()
        writer.flush(0.1)
        assert time.monotonic() - began < 5
        received: list[bytes] = []
        while received.count(LINE) < 3 * MAX_LINES - dropped or report(dropped) not in received:
            received += read_lines(reader, 1)
        assert received.count(LINE) == 3 * MAX_LINES - dropped


def test_flush_waits_for_what_was_written():
    """After a flush, a file has every line."""
    with pipe() as (reader, descriptor):
        writer = LineWriter(descriptor)
        writer.write(LINE)
        writer.flush()
        os.set_blocking(reader, False)
        assert os.read(reader, 1000) == LINE


def test_reader_that_went_away_costs_lines_and_nothing_else():
    """Nobody can read any more: lines are dropped and counted."""
    reader, descriptor = os.pipe()
    os.close(reader)
    writer = LineWriter(descriptor)
    for _ in range(3):
        writer.write(LINE)
    writer.flush()
    assert writer.dropped == 3
    os.close(descriptor)


def test_full_disk_costs_lines_and_nothing_else():
    """/dev/full refuses every write."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    writer = LineWriter(descriptor)
    writer.write(LINE)
    writer.flush()
    assert writer.dropped == 1
    os.close(descriptor)


def test_descriptor_that_others_made_non_blocking_loses_no_line():
    """A process that shares the descriptor may change its mode for all. Then we wait and write on, in our thread."""
    with pipe() as (reader, descriptor):
        os.set_blocking(descriptor, False)
        writer = LineWriter(descriptor)
        for _ in range(2000):
            writer.write(LINE)
        assert read_lines(reader, 2000) == [LINE] * 2000
        assert writer.dropped == 0


@given(st.lists(st.integers(1, 3 * PIPE_BUF).map(lambda size: b"x" * (size - 1) + b"\n"), max_size=50))
def test_batches_keep_lines_whole(lines):
    """Whole lines, in order, in pieces that a pipe takes at once. Only a longer line is a longer piece."""
    batches = list(line_writer._batches(lines))
    assert [line for batch in batches for line in batch] == lines
    assert all(len(batch) == 1 or sum(map(len, batch)) <= PIPE_BUF for batch in batches)


@pytest.mark.parametrize("count", [0, 1])
def test_flush_of_nothing_returns(count):
    """Without a line, there is no thread to wait for."""
    with pipe() as (_, descriptor):
        writer = LineWriter(descriptor)
        for _ in range(count):
            writer.write(LINE)
        writer.flush(10)
