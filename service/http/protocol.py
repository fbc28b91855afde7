"""One HTTP/1.1 connection: reads a request, runs the application, writes the response, and repeats."""

from __future__ import annotations

import asyncio
from logging import getLogger
from typing import Any

from starlette.types import Message
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import ServerState

from security.errors import BadRequest
from service.http import limits
from service.http.asgi import Address, peer_of, receive, scope_of
from service.http.connection_state import State
from service.http.connection_timer import ConnectionTimer
from service.http.listener import Listener
from service.http.paced_writer import PacedWriter
from service.http.request_id import RequestIds
from service.http.request_reader import RequestReader
from service.http.responses import CLOSE, CONTINUE, serialize_head


class Protocol(asyncio.Protocol):
    """Replaces uvicorn's protocol. uvicorn's starts the application before the body has arrived; this one waits for it.

    A request that cannot be read is passed to the application too, with its `problem`: every response but 100 (Continue)
    comes from there. One request at a time is read. Later bytes are not parsed until it has been answered.
    """

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **_: object) -> None:
        self._server = server_state
        self._request_ids: RequestIds = app_state["request_ids"]
        self._listeners: dict[str, Listener] = app_state["listeners"]
        self._keep_alive_seconds = config.timeout_keep_alive
        self._loop = asyncio.get_running_loop()
        self._state = State.IDLE
        self._pending = b""  # bytes that follow the request being answered
        self._paused = False
        self._stopping = False
        self._response_start: Message = {}

    def belong_to(self, listener: str) -> None:
        """Has the application of that listener answer. Called once, before connection_made().

        Not an argument of __init__(), because uvicorn's factory has no place for it.
        """
        self._listener = listener
        self._app, request_headers, max_body_bytes = self._listeners[listener]
        self._reader = RequestReader(request_headers, max_body_bytes)

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._peer = peer_of(transport)
        self._server_address: Address = (transport.get_extra_info("sockname") or ("", 0))[:2]
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn lists its own classes
        self._timer = ConnectionTimer(self._loop, transport, self._on_timeout)
        self._timer.start(limits.HEAD_SECONDS)
        self._writer = PacedWriter(transport, self._timer)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._timer.close()
        self._writer.resume()
        if self._state is State.BODY:
            self._fail("body: incomplete")  # nobody gets the response, but the request is logged
        self._state = State.CLOSING
        self._reader.close()

    @override
    def data_received(self, data: bytes) -> None:
        if self._state is State.CLOSING:
            return
        self._pending = self._pending + data if self._pending else data
        if self._state is not State.RESPONSE:
            self._read()
        if self._pending and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    @override
    def eof_received(self) -> bool:
        """The client sends no more. It may still wait for a response (RFC 9112 section 9.6)."""
        self._reader.keep_alive = False
        return self._state is State.RESPONSE

    @override
    def pause_writing(self) -> None:
        self._writer.pause()

    @override
    def resume_writing(self) -> None:
        self._writer.resume()

    def shutdown(self) -> None:
        """Called by uvicorn when the service stops. A request that is in flight, or arrives within DRAIN_SECONDS, is answered."""
        self._stopping = True
        if self._state in (State.IDLE, State.HEAD):
            self._timer.start(limits.DRAIN_SECONDS, exactly=True)

    def _read(self) -> None:
        """Reads until a request is complete."""
        reader = self._reader
        used = reader.feed(self._pending)
        self._pending = self._pending[used:]
        if reader.complete:
            self._run_application()
        elif reader.in_body and self._state is not State.BODY:
            self._state = State.BODY
            self._timer.start(limits.BODY_SECONDS)
            if reader.wants_continue:
                self._transport.write(CONTINUE)
        elif reader.started and self._state is State.IDLE:
            self._state = State.HEAD
            if not self._stopping:
                self._timer.start(limits.HEAD_SECONDS)

    def _fail(self, reason: str) -> None:
        """Passes a request that will never be complete to the application, with BadRequest."""
        self._reader.fail(BadRequest(reason))
        self._run_application()

    def _run_application(self) -> None:
        """Passes the request to the application."""
        reader = self._reader
        self._state = State.RESPONSE
        self._timer.stop()
        request_id = self._request_ids.for_request(reader.headers)
        scope = scope_of(reader, request_id, self._peer, self._server_address, self._listener)
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
        """ASGI's send. A response is one start message and one body message.

        Raises ConnectionError if the client is gone (ASGI specification, version 2.4).
        """
        if message["type"] == "http.response.start":
            self._response_start = message
            return
        close = self._stopping or not self._reader.keep_alive
        headers = [*self._server.default_headers, *self._response_start["headers"], *([CLOSE] if close else ())]
        body = b"" if self._reader.method == "HEAD" else message["body"]
        await self._writer.write(serialize_head(self._response_start["status"], headers), body)
        # The service may have been stopped, or the client may have ended its side, while the client was reading.
        self._finish_response(close or self._stopping or not self._reader.keep_alive)

    def _finish_response(self, close: bool) -> None:
        """Reads the next request, or closes the connection."""
        if close:
            self._close()
            return
        self._reader.reset()
        self._state = State.IDLE
        self._timer.start(self._keep_alive_seconds)
        if self._pending:
            self._read()
        if not self._pending:
            self._resume_reading()

    def _resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _close(self) -> None:
        """Closes the connection, after a moment of discarding input if the client may still be sending.

        The kernel resets a connection that is closed while bytes are unread, and the client could then lose the response
        (RFC 9112 section 9.6).
        """
        discard = self._reader.problem is not None or bool(self._pending)
        self._state = State.CLOSING
        self._pending = b""
        if discard:
            self._resume_reading()
            self._transport.write_eof()
            self._timer.start(limits.LINGER_SECONDS, exactly=True)
        else:
            self._transport.close()

    def _on_timeout(self) -> None:
        """Called by the timer: answers a request that comes too slowly, closes a connection that is idle."""
        if self._state in (State.IDLE, State.CLOSING) or (self._stopping and self._state is State.HEAD):
            self._transport.close()
            return
        self._fail("head: too slow" if self._state is State.HEAD else "body: too slow")
