"""Writes to a client no faster than it reads: piece by piece, each when the one before is on its way."""

from __future__ import annotations

import asyncio

from service.http.connection_timer import ConnectionTimer
from service.http.limits import WRITE_PIECE_BYTES


class PacedWriter:
    """The writing side of a connection."""

    def __init__(self, transport: asyncio.Transport, timer: ConnectionTimer) -> None:
        self._transport = transport
        self._timer = timer
        self._writable = asyncio.Event()
        self.resume()
        transport.set_write_buffer_limits(WRITE_PIECE_BYTES)

    def pause(self) -> None:
        """The client does not keep up."""
        self._writable.clear()

    def resume(self) -> None:
        """The client has caught up, or is gone."""
        self._writable.set()

    async def write(self, data: bytes) -> None:
        """Returns when all of `data` is on its way. Raises ConnectionError if the client is gone."""
        for position in range(0, len(data), WRITE_PIECE_BYTES):
            await self._writable.wait()
            if self._transport.is_closing():
                raise ConnectionResetError("the client is gone")
            piece = data[position : position + WRITE_PIECE_BYTES]
            self._timer.wrote(len(piece))
            self._transport.write(piece)
