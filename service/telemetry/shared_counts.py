"""What each worker has counted, in memory that all workers share: no file and no folder that somebody could remove."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import struct
from collections.abc import Callable, Iterator
from multiprocessing import reduction
from typing import Any
from zlib import crc32

from typing_extensions import override

HALF_BYTES = 1 << 18  # only what is written of it takes memory
SLOT_BYTES = 2 * HALF_BYTES
HEADER = struct.Struct("=III")  # CRC-32 of all that follows, generation, length
FLOCK = struct.Struct("@hhqqi4x")  # struct flock of Linux with 64 bits (fcntl(2)): type, whence, start, length, pid


class SharedCounts:
    """One slot for each worker, in an anonymous file in memory (memfd_create(2)).

    It is written with pwrite(2), not mapped: when memory is short a write fails, and no process is killed for it.

    A worker holds a lock on its slot, which the kernel gives back when the worker ends. The worker that replaces it takes
    the slot and counts on from what it finds, so no counter goes back. A slot has two halves, written in turn: a reader
    always finds one that is whole.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._slot = -1
        self._generation = 0

    @override
    def __reduce__(self) -> tuple[Callable[[Any], SharedCounts], tuple[Any]]:
        """For a worker that is being started: it inherits the file."""
        return _inherited, (reduction.DupFd(self._descriptor),)

    def claim(self) -> bytes:
        """Takes the first slot that no living worker has; what is in it, or nothing. Raises OSError."""
        self._slot = next(slot for slot in itertools.count() if self._lock(slot))
        self._generation, data = self._newest(self._slot)
        return data

    def publish(self, data: bytes) -> None:
        """Replaces what is in our slot. Raises OSError if there is no memory for it."""
        self._generation += 1
        rest = HEADER.pack(0, self._generation, len(data))[4:] + data
        record = struct.pack("=I", crc32(rest)) + rest
        if len(record) > HALF_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        if os.pwrite(self._descriptor, record, self._place(self._slot, self._generation)) < len(record):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def published(self) -> Iterator[tuple[bool, bytes]]:
        """What is in each slot, and whether its worker lives."""
        slots = -(-os.fstat(self._descriptor).st_size // SLOT_BYTES)
        for slot in range(slots):
            yield slot == self._slot or self._is_locked(slot), self._newest(slot)[1]

    def _lock(self, slot: int) -> bool:
        """Whether we now have the lock of that slot: a byte of the file that stands for it."""
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
        except (BlockingIOError, PermissionError):  # both mean that another process has it (fcntl(2))
            return False
        return True

    def _is_locked(self, slot: int) -> bool:
        """Whether another process has that lock. To try and take it would keep a worker that starts from the slot."""
        asked = FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, slot, 1, 0)
        return bool(FLOCK.unpack(fcntl.fcntl(self._descriptor, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK)

    def _newest(self, slot: int) -> tuple[int, bytes]:
        """The generation and content of the newer half that is whole."""
        return max(self._half(slot, 0), self._half(slot, 1))

    def _half(self, slot: int, number: int) -> tuple[int, bytes]:
        place = self._place(slot, number)
        head = os.pread(self._descriptor, HEADER.size, place)
        if len(head) < HEADER.size:
            return 0, b""
        check, generation, length = HEADER.unpack(head)
        data = os.pread(self._descriptor, min(length, HALF_BYTES), place + HEADER.size)
        return (generation, data) if crc32(head[4:] + data) == check else (0, b"")

    def _place(self, slot: int, generation: int) -> int:
        return slot * SLOT_BYTES + generation % 2 * HALF_BYTES


def create() -> SharedCounts:
    """Makes the memory, before the workers are started. Raises OSError."""
    return SharedCounts(os.memfd_create("session-refresh-metrics"))


def _inherited(descriptor: Any) -> SharedCounts:
    return SharedCounts(descriptor.detach())
