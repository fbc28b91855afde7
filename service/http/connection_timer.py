"""The one timer of a connection: it ends waits that take too long, and clients that take nothing of a response."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from service.http.limits import WRITE_SECONDS

CHECK_SECONDS = 1.0  # a timer for each request would cost more than the rest of the protocol
TOLERANCE_SECONDS = 0.02  # the loop may call that much too early


class ConnectionTimer:
    """Looks once a second whether the deadline has passed, and then calls `too_late`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, too_late: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._too_late = too_late
        self._deadline = 0.0
        self._runs = False
        self._written = self._taken = 0  # bytes: handed to the transport, and gone from it
        self._taken_at = 0.0
        self._handle = loop.call_later(CHECK_SECONDS, self._check)

    def start(self, seconds: float, *, exactly: bool = False) -> None:
        """Sets the deadline, `seconds` from now; what is to end `exactly` then is looked at then."""
        self._deadline = self._loop.time() + seconds
        self._runs = True
        if exactly:
            self._handle.cancel()
            self._handle = self._loop.call_later(seconds + TOLERANCE_SECONDS, self._check)

    def stop(self) -> None:
        """There is no deadline now."""
        self._runs = False

    def close(self) -> None:
        """The connection is lost."""
        self._handle.cancel()

    def wrote(self, size: int) -> None:
        """Notes that so many bytes were handed to the transport."""
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
        if self._runs and now >= self._deadline:
            self._too_late()
        self._handle = self._loop.call_later(CHECK_SECONDS, self._check)
