"""Writes to a client no faster than it reads: in pieces, and only while the transport's buffer is not full."""

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
        """Stops writing until resume()."""
        self._writable.clear()

    def resume(self) -> None:
        """Goes on writing."""
        self._writable.set()

    async def write(self, head: bytes, body: bytes) -> None:
        """Writes a response, and returns when all of it is in the buffer. Raises ConnectionError if the client is gone.

        The head and a short body go out in one packet. A long body is not copied: all clients share its bytes.
        """
        await self._write_piece(head + body[:WRITE_PIECE_BYTES])
        for position in range(WRITE_PIECE_BYTES, len(body), WRITE_PIECE_BYTES):
            await self._write_piece(body[position : position + WRITE_PIECE_BYTES])

    async def _write_piece(self, piece: bytes) -> None:
        await self._writable.wait()
        if self._transport.is_closing():
            raise ConnectionResetError("the client is gone")
        self._timer.wrote(len(piece))
        self._transport.write(piece)
