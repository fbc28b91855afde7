"""The one timer of a connection: a deadline for what it waits for, and a limit for clients that stop reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from service.http.limits import WRITE_SECONDS

CHECK_SECONDS = 1.0  # a timer for each request would cost more than the rest of the protocol
TOLERANCE_SECONDS = 0.02  # call_later may fire that much too early


class ConnectionTimer:
    """Checks once a second whether the deadline has passed, and then calls `on_timeout`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, on_timeout: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._on_timeout = on_timeout
        self._deadline = 0.0
        self._active = False
        self._written = self._taken = 0  # bytes: passed to the transport, and sent from its buffer
        self._taken_at = 0.0
        self._handle = loop.call_later(CHECK_SECONDS, self._check)

    def start(self, seconds: float, *, exactly: bool = False) -> None:
        """Sets the deadline, `seconds` from now. With `exactly`, it is checked then, not at the next second."""
        self._deadline = self._loop.time() + seconds
        self._active = True
        if exactly:
            self._handle.cancel()
            self._handle = self._loop.call_later(seconds + TOLERANCE_SECONDS, self._check)

    def stop(self) -> None:
        """Removes the deadline."""
        self._active = False

    def close(self) -> None:
        """Cancels the timer: the connection is lost."""
        self._handle.cancel()
        del self._on_timeout  # it refers to the protocol, which refers to this object

    def wrote(self, size: int) -> None:
        """Counts bytes that were passed to the transport."""
        self._written += size

    def _check(self) -> None:
        now = self._loop.time()
        buffered = self._transport.get_write_buffer_size()
        taken = self._written - buffered
        if not buffered or taken != self._taken:
            self._taken, self._taken_at = taken, now
        elif now - self._taken_at >= WRITE_SECONDS:
            self._transport.abort()  # close() alone would wait for ever for a client that does not read
            return
        if self._active and now >= self._deadline:
            self._on_timeout()
        self._handle = self._loop.call_later(CHECK_SECONDS, self._check)
