"""Writes lines to a file descriptor without ever making the caller wait: nobody may be reading on the other end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from select import PIPE_BUF, select

MAX_LINES = 10_000  # that wait in memory; some 2.5 MB of request lines
BATCH_SECONDS = 0.005
BATCH_LINES = 500
RETRY_SECONDS = 1.0


class LineWriter:
    """A bounded buffer of lines, and a thread that writes them in batches.

    A write blocks when a pipe is full, a terminal is paused or a disk hangs. Blocked in the event loop it would stop
    every request and SIGTERM too, so a thread does it. The descriptor is not made non-blocking: other processes share
    it. Lines that do not fit into the buffer, or cannot be written, are dropped and counted. `report` makes the line
    that tells how many, once writing works again.
    """

    def __init__(self, descriptor: int, report: Callable[[int], bytes] | None = None) -> None:
        self._descriptor = descriptor
        self._report = report
        self._queue: SimpleQueue[bytes | threading.Event] = SimpleQueue()  # put() may be called from finalizers
        self._overflowed = 0  # counted by callers
        self._failed = 0  # counted by the thread
        self._reported = 0
        self._torn = False  # the last write ended in the middle of a line
        self._started = False

    @property
    def dropped(self) -> int:
        """How many lines were dropped so far."""
        return self._overflowed + self._failed

    def write(self, line: bytes) -> None:
        """Has `line`, which ends with a line break, written soon."""
        if self._queue.qsize() >= MAX_LINES:
            self._overflowed += 1
            return
        self._queue.put(line)
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="line-writer", daemon=True).start()

    def flush(self, seconds: float = 0.5) -> None:
        """Returns when all lines so far are written or dropped, at the latest after `seconds`."""
        if self._started:
            done = threading.Event()
            self._queue.put(done)
            done.wait(seconds)

    def _run(self) -> None:
        while True:
            entries = [self._queue.get()]
            if isinstance(entries[0], bytes):
                time.sleep(BATCH_SECONDS)
            with suppress(Empty):
                while len(entries) < BATCH_LINES:
                    entries.append(self._queue.get_nowait())
            for lines in _batches(entry for entry in entries if isinstance(entry, bytes)):
                self._write(lines)
            for entry in entries:
                if isinstance(entry, threading.Event):
                    entry.set()

    def _write(self, lines: list[bytes]) -> None:
        dropped = self.dropped
        if self._report is not None and dropped > self._reported and self._write_whole(self._report(dropped)):
            self._reported = dropped
        if not self._write_whole(b"".join(lines)):
            self._failed += len(lines)

    def _write_whole(self, data: bytes) -> bool:
        rest = memoryview(b"\n" + data if self._torn else data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # another process that shares the descriptor made it non-blocking
                select([], [self._descriptor], [], RETRY_SECONDS)
            except OSError:
                self._torn = self._torn or 0 < len(rest) < len(data)
                return False
        self._torn = False
        return True


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Groups of lines of at most PIPE_BUF bytes: a pipe takes so many in one piece (pipe(7)).

    The lines of several processes that share a pipe stay whole for that reason. A longer line is a group of its own.
    """
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and size + len(line) > PIPE_BUF:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch
