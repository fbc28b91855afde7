"""One connection: reads a request, hands it on when it is complete, writes the response, and goes on to the next."""

from __future__ import annotations

import asyncio
import enum
from logging import getLogger
from typing import Any

from starlette.types import Message
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import ServerState

from security.errors import BadRequest
from service.http import limits
from service.http.asgi import Address, receive, scope_of
from service.http.connection_timer import ConnectionTimer
from service.http.paced_writer import PacedWriter
from service.http.request_id import RequestIds
from service.http.request_reader import RequestReader
from service.http.responses import CLOSE, CONTINUE, serialize


class State(enum.Enum):
    """What a connection waits for."""

    IDLE = enum.auto()  # the next request
    HEAD = enum.auto()  # the rest of a head
    BODY = enum.auto()  # the rest of a body
    RESPONSE = enum.auto()  # the application
    CLOSING = enum.auto()  # the client, to read the last response


class Protocol(asyncio.Protocol):
    """An HTTP/1.1 connection, in place of uvicorn's own protocol, which hands a request on before its body is there.

    Requests that cannot be read are handed on too, with their `problem`: the application is the only one that answers.
    One request at a time is read. What comes behind it stays unread until it has been answered.
    """

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **_: object) -> None:
        self._app = config.loaded_app
        self._server = server_state
        self._request_ids: RequestIds = app_state["request_ids"]
        self._reader = RequestReader(app_state["request_headers"])
        self._keep_alive_seconds = config.timeout_keep_alive
        self._loop = asyncio.get_running_loop()
        self._state = State.IDLE
        self._unread = b""  # behind the request that is being answered
        self._paused = False
        self._stopping = False
        self._start: Message = {}

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._peer: Address = (transport.get_extra_info("peername") or ("", 0))[:2]
        self._address: Address = (transport.get_extra_info("sockname") or ("", 0))[:2]
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn lists its own classes
        self._timer = ConnectionTimer(self._loop, transport, self._too_late)
        self._timer.start(limits.HEAD_SECONDS)
        self._writer = PacedWriter(transport, self._timer)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._timer.close()
        self._writer.resume()
        if self._state is State.BODY:
            self._fail("body: incomplete")  # for the log
        self._state = State.CLOSING

    @override
    def data_received(self, data: bytes) -> None:
        if self._state is State.CLOSING:
            return
        self._unread = self._unread + data if self._unread else data
        if self._state is not State.RESPONSE:
            self._read()
        if self._unread and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    @override
    def eof_received(self) -> bool:
        """The client sends no more. It may still wait for a response (RFC 9112 section 9.6)."""
        self._reader.keep_alive = False
        return self._state in (State.RESPONSE, State.CLOSING)

    @override
    def pause_writing(self) -> None:
        self._writer.pause()

    @override
    def resume_writing(self) -> None:
        self._writer.resume()

    def shutdown(self) -> None:
        """Called by uvicorn when the service stops: a request that is on its way is still answered."""
        self._stopping = True
        if self._state in (State.IDLE, State.HEAD):
            self._timer.start(limits.DRAIN_SECONDS, exactly=True)

    def _read(self) -> None:
        """Reads until a request is complete."""
        reader = self._reader
        used = reader.feed(self._unread)
        self._unread = self._unread[used:]
        if reader.complete:
            self._respond()
        elif reader.in_body and self._state is not State.BODY:
            self._state = State.BODY
            self._timer.start(limits.BODY_SECONDS)
            if reader.wants_continue:
                self._transport.write(CONTINUE)
        elif reader.begun and self._state is State.IDLE:
            self._state = State.HEAD
            if not self._stopping:
                self._timer.start(limits.HEAD_SECONDS)

    def _fail(self, reason: str) -> None:
        """Hands on a request that will never be complete."""
        self._reader.fail(BadRequest(reason))
        self._respond()

    def _respond(self) -> None:
        """Hands the request on."""
        reader = self._reader
        self._state = State.RESPONSE
        self._timer.stop()
        scope = scope_of(reader, self._request_ids.choose(reader.headers), self._peer, self._address)
        self._server.total_requests += 1
        task = self._loop.create_task(self._app(scope, receive, self._send))
        self._server.tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._server.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None:
            getLogger(__name__).error("request without a response", exc_info=error)
            self._transport.abort()

    async def _send(self, message: Message) -> None:
        """ASGI's send: a start, then one whole body.

        Raises ConnectionError if the client is gone (ASGI specification, version 2.4).
        """
        if message["type"] == "http.response.start":
            self._start = message
            return
        closes = self._stopping or not self._reader.keep_alive
        headers = [*self._server.default_headers, *self._start["headers"]]
        if closes:
            headers.append(CLOSE)
        body = b"" if self._reader.method == "HEAD" else message["body"]
        await self._writer.write(serialize(self._start["status"], headers, body))
        self._go_on(closes)

    def _go_on(self, closes: bool) -> None:
        """Reads the next request, or closes the connection."""
        if closes:
            self._close()
            return
        self._reader.start_over()
        self._state = State.IDLE
        self._timer.start(self._keep_alive_seconds)
        if self._unread:
            self._read()
        if not self._unread:
            self._resume_reading()

    def _resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _close(self) -> None:
        """Closes the connection, but reads on for a moment first if the client may still be sending.

        Closed with bytes unread, the connection would be reset, and the client could lose the response (RFC 9112 section
        9.6).
        """
        lingers = self._reader.problem is not None or bool(self._unread)
        self._state = State.CLOSING
        self._unread = b""
        if lingers:
            self._resume_reading()
            self._transport.write_eof()
            self._timer.start(limits.LINGER_SECONDS, exactly=True)
        else:
            self._transport.close()

    def _too_late(self) -> None:
        if self._state in (State.IDLE, State.CLOSING) or (self._stopping and self._state is State.HEAD):
            self._transport.close()
            return
        self._fail("head: too slow" if self._state is State.HEAD else "body: too slow")
