"""Accepts connections until none is left: libuv accepts one in each turn of the loop, however many wait.

With many busy connections a turn takes long, and whoever connects then waits for as many turns as others came before.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn

RETRY_SECONDS = 1.0
OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)  # the machine's fault, not that of one connection


class Acceptor:
    """Takes the place of an asyncio server on a socket that listens."""

    def __init__(self, listener: socket.socket, make_protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        self._listener = listener
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._retry: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._begin()

    def _begin(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in OURS:
                    logging.getLogger(__name__).error("cannot accept connections: %s", error.strerror)
                    self._loop.remove_reader(self._listener)
                    self._retry = self._loop.call_later(RETRY_SECONDS, self._begin)
                return  # one went away while it waited (accept(2)): the loop calls again for those behind it
            connection.setblocking(False)
            task: asyncio.Task[Any] = self._loop.create_task(
                self._loop.connect_accepted_socket(self._make_protocol, connection)
            )
            self._starting.add(task)
            task.add_done_callback(self._started)

    def _started(self, task: asyncio.Task[Any]) -> None:
        self._starting.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            logging.getLogger(__name__).warning("connection lost as it was accepted: %s", error)
        elif self._closed:  # all others have been told (uvicorn's Server.shutdown)
            _, protocol = task.result()
            protocol.shutdown()

    def close(self) -> None:
        """Accepts no more."""
        self._closed = True
        if self._retry is not None:
            self._retry.cancel()
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Returns at once: nothing is left to do after close()."""


class Server(uvicorn.Server):
    """uvicorn's server, which accepts by ours."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the application, then accepts connections."""
        await super().startup(sockets=[])
        make_protocol = partial(  # type: ignore[call-arg]
            self.config.http_protocol_class,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        self.servers = [Acceptor(listener, make_protocol) for listener in sockets or ()]  # type: ignore[misc]
