"""uvicorn's HTTP protocol with limits of our own: size and time of a request's head, and our body on broken HTTP."""

from __future__ import annotations

import secrets
from asyncio import TimerHandle, Transport
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from security.errors import BadRequest, HeadersTooLarge, Problem
from service.answers import CLOSE, EVERY_ANSWER, NO_STORE, answer_of

MAX_HEAD_BYTES = 16384
HEAD_SECONDS = 10.0
WATCH_SECONDS = 1.0
DRAIN_SECONDS = 0.5


async def _in_one_piece(cycle: RequestResponseCycle, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs `app` with a `send` that writes head and body at once.

    uvicorn's own looks through every header for characters that the edge, which makes them all, cannot put there: that
    takes a tenth of a request. It still gets what is rare: HEAD, and a client that does not read its answers.
    """
    start: Message = {}

    async def send_whole(message: Message) -> None:
        nonlocal start
        if not start:
            start = message
            return
        if cycle.flow.write_paused or scope["method"] == "HEAD":
            await send(start)
            await send(message)
            return
        if cycle.disconnected:
            return
        status, headers = start["status"], start["headers"]
        if status >= 400 and CLOSE in headers:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            headers.append(CLOSE)
        pieces = [STATUS_LINE[status]]
        for name, value in cycle.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        for name, value in headers:
            pieces += (name, b": ", value, b"\r\n")
        pieces += (b"\r\n", message["body"])
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(b"".join(pieces))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()

    await app(scope, receive, send_whole)


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._problem: Problem | None = None
        self._head_since: float | None = None
        self._unfinished = 0  # bytes of a head in the pieces that came after its first one
        self._began = False
        self._closing = False
        self._watch: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._watch = self.loop.call_later(WATCH_SECONDS, self._watch_head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        """Ends a connection whose client dribbles its head, or never begins one (CWE-400).

        One timer a connection that looks now and then: one a request would cost more than the rest of this class.
        """
        if self.transport.is_closing():
            return
        if self._head_since is not None and self.loop.time() - self._head_since >= HEAD_SECONDS:
            if self._began:
                self._refuse(BadRequest("head: too slow"))
            else:
                self.transport.close()
            return
        self._watch = self.loop.call_later(WATCH_SECONDS, self._watch_head)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, which keeps an unfinished header line in memory however long it grows."""
        if self._problem is not None:
            return  # refused; what still comes is not read
        if self._head_since is not None:
            self._unfinished += len(data)
        super().data_received(data)
        if self._head_since is not None and self._unfinished > MAX_HEAD_BYTES:
            self._refuse(HeadersTooLarge("head: too large"))

    def on_message_begin(self) -> None:
        self._head_since = self.loop.time()
        self._unfinished = 0
        self._began = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers]) > MAX_HEAD_BYTES:
            self._problem = HeadersTooLarge("head: too large")
            raise ValueError  # ends the parsing; send_400_response() below is called next
        self._head_since = None
        super().on_headers_complete()
        if self._closing:
            self.cycle.keep_alive = False

    def _refuse(self, problem: Problem) -> None:
        self._problem = problem
        self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """Our answer to HTTP that cannot be read, instead of uvicorn's text/plain."""
        problem = self._problem = self._problem or BadRequest("head: broken HTTP")
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an earlier request of this connection is being answered; two answers would mix
            return
        answer = answer_of(problem)
        headers = [
            *self.server_state.default_headers,
            *answer.headers,
            *EVERY_ANSWER,
            NO_STORE,
            (b"x-request-id", secrets.token_hex(10).encode("ascii")),
            (b"content-length", b"%d" % len(answer.body)),
            CLOSE,
        ]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[answer.status] + head + b"\r\n" + answer.body)
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        super()._start_asgi_task(cycle, partial(_in_one_piece, cycle, app))

    def _unsupported_upgrade_warning(self) -> None:
        """Any client can ask for an upgrade; it is answered as if it had not, and not worth a line in the log."""

    def shutdown(self) -> None:
        """The service stops: a request that is on its way is still answered, then the connection closes."""
        self._closing = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(DRAIN_SECONDS, self._close_if_idle)
        else:
            self.cycle.keep_alive = False

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
