"""Accepts all connections that wait, at once, and an event loop that uses this.

libuv accepts one connection in each iteration of the loop. With many busy connections an iteration takes long, and new
connections wait for as many iterations as there are connections before them.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import sys
from collections.abc import Callable
from logging import getLogger
from multiprocessing import parent_process
from typing import Any

import uvloop
from typing_extensions import override

from service.http.listener import ListeningSocket
from service.http.protocol import Protocol

SHARE, BUSY_SHARE = 8, 4  # the part of the waiting connections that one of several processes accepts at once
RETRY_SECONDS = 1.0
YIELD_SECONDS = 0.001
BUSY_SECONDS = 0.005
OUT_OF_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

MakeProtocol = Callable[[], Protocol]


class Acceptor:
    """Takes the place of an asyncio server on a listening socket.

    With `shared`, other processes accept on the same socket. Then it accepts a small share of those that wait, leaves the
    others to the other processes for a moment, and goes on. So no process takes most of a crowd, large or small. If the
    loop is so busy that the moment has become long, the others have had their chance, and the share is larger.
    """

    def __init__(self, listener: socket.socket, make_protocol: MakeProtocol, *, shared: bool) -> None:
        self._listener = listener
        self._make_protocol = make_protocol
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._resume: asyncio.TimerHandle | None = None
        self._resume_at = self._loop.time()
        self._share = SHARE
        listener.setblocking(False)
        self._begin()

    def _begin(self) -> None:
        self._share = BUSY_SHARE if self._loop.time() > self._resume_at + BUSY_SECONDS else SHARE
        self._loop.add_reader(self._listener, self._accept)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._resume_at = self._loop.time() + seconds
        self._resume = self._loop.call_at(self._resume_at, self._begin)

    def _waiting(self) -> int:
        """How many connections wait: tcpi_unacked of a listening socket (tcp(7), linux/tcp.h)."""
        (waiting,) = struct.unpack_from("I", self._listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28), 24)
        return int(waiting)

    def _accept(self) -> None:
        waiting = self._waiting() if self._shared else 0
        left = waiting // self._share + 1 if self._shared else sys.maxsize
        while left:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in OUT_OF_RESOURCES:
                    getLogger(__name__).error("cannot accept connections: %s", error.strerror)
                    self._pause(RETRY_SECONDS)
                return  # the client disconnected before accept(2); the loop calls again for the others
            connection.setblocking(False)
            task: asyncio.Task[Any] = self._loop.create_task(
                self._loop.connect_accepted_socket(self._make_protocol, connection)
            )
            self._starting.add(task)
            task.add_done_callback(self._started)
            left -= 1
        if waiting > 1:
            self._pause(YIELD_SECONDS)

    def _started(self, task: asyncio.Task[Any]) -> None:
        self._starting.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            getLogger(__name__).warning("connection lost while it was accepted: %s", error)
        elif self._closed:  # uvicorn has called shutdown() on the other connections already
            _, protocol = task.result()
            protocol.shutdown()

    def close(self) -> None:
        """Stops accepting."""
        self._closed = True
        if self._resume is not None:
            self._resume.cancel()
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Returns at once: nothing is left to do after close()."""


class AcceptorLoop(uvloop.Loop):
    """uvloop's event loop, which accepts on listening sockets by our acceptor. uvicorn makes its servers with it."""

    @override
    async def create_server(  # type: ignore[override]
        self, protocol_factory: MakeProtocol, *, sock: ListeningSocket, **_: object
    ) -> Acceptor:
        def make_protocol() -> Protocol:
            protocol = protocol_factory()
            protocol.belong_to(sock.listener)
            return protocol

        is_worker = parent_process() is not None  # one of several processes that share the socket
        return Acceptor(sock, make_protocol, shared=is_worker)
