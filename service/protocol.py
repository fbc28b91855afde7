"""uvicorn's HTTP protocol with limits of our own: size and time of a request's head, and our body on broken HTTP."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from functools import partial
from typing import Any

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from security.errors import BadRequest, HeadersTooLarge, Problem
from service.answers import CLOSE, EVERY_ANSWER, NO_STORE, Cors, answer_of
from service.edge import MAX_BODY_BYTES
from service.exchange import request_id
from service.telemetry import Telemetry

MAX_HEAD_BYTES = 16384
HEAD_SECONDS = 10.0
WATCH_SECONDS = 1.0
DRAIN_SECONDS = 0.5
LINGER_SECONDS = 1.0
VERSIONS = ("1.1", "1.0")
TOO_LONG = bytes(MAX_BODY_BYTES + 1)


async def _in_one_piece(
    cycle: RequestResponseCycle, end: Callable[[], None], app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
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
        close = cycle.transport.close
        if status >= 400 and CLOSE in headers:
            cycle.keep_alive = False
            close = end
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
            close()
        cycle.on_response()

    await app(scope, receive, send_whole)


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._problem: Problem | None = None
        self._head_since: float | None = None
        self._unfinished = 0  # bytes of a head, or of what follows it, in the pieces that came after its first one
        self._began = False
        self._closing = False
        self._ended = False
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
        """Feeds the parser, which keeps an unfinished line in memory however long it grows."""
        if self._problem is not None or self._ended:
            return  # refused; what still comes is not read
        self._unset_keepalive_if_required()
        self._unfinished += len(data)
        while data:
            try:
                self.parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as pause:
                data = data[pause.args[0] :]  # any client can ask for an upgrade; it is answered as if it had not
            except httptools.HttpParserError:
                self._refuse(self._problem or BadRequest("head: broken HTTP"))
                return
        if self._unfinished > MAX_HEAD_BYTES:
            self._too_much()
        if self._head_since is None and self.cycle is not None and self.cycle.response_complete:
            self._await_next()

    def _too_much(self) -> None:
        """Limits what the parser takes without handing it on: a head, chunk extensions, trailers."""
        if self._head_since is not None:
            self._refuse(HeadersTooLarge("head: too large"))
        elif self.cycle is not None and self.cycle.more_body:
            self.on_body(TOO_LONG)  # the edge answers, as to any body that is too long

    def _await_next(self) -> None:
        """Lets a connection on which nothing but empty lines came wait no longer than one on which nothing came."""
        if self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more. It may still wait for its answer (RFC 9112 section 9.6)."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:
            return False
        cycle.keep_alive = False
        return True

    def on_message_begin(self) -> None:
        self._head_since = self.loop.time()
        self._unfinished = 0
        self._began = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers]) > MAX_HEAD_BYTES:
            self._problem = HeadersTooLarge("head: too large")
            raise ValueError  # ends the parsing
        if self.parser.get_http_version() not in VERSIONS:
            self._problem = BadRequest("head: another version of HTTP")
            raise ValueError
        self._head_since = None
        self._unfinished = 0
        super().on_headers_complete()
        self.headers = []  # the request keeps its own; trailers never count as headers (RFC 9110 section 6.5.1)
        if self._closing:
            self.cycle.keep_alive = False

    def _refuse(self, problem: Problem) -> None:
        """Answers HTTP that cannot be read, once all requests before it on this connection are answered."""
        self._problem = problem
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._answer_problem(problem)
        elif cycle.more_body:  # the edge, which waits for the rest of the body, answers
            cycle.scope["state"]["broken"] = True
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Goes on to the next request on this connection, or to the answer to what cannot be read as one."""
        last = not self.pipeline
        if self._ended:
            return
        super().on_response_complete()
        if last and self._problem is not None and not self.transport.is_closing():
            self._answer_problem(self._problem)

    def _answer_problem(self, problem: Problem) -> None:
        if self._head_since is None and self.cycle is not None and self.cycle.more_body:
            self._end()  # it is the rest of a request which was answered before it was read
            return
        identity = request_id(self._sent(b"x-request-id"))
        cors: Cors = self.app_state["cors"]
        origins = self._sent(b"origin")
        answer = answer_of(problem)
        headers = [
            *self.server_state.default_headers,
            *answer.headers,
            *EVERY_ANSWER,
            NO_STORE,
            (b"x-request-id", identity),
            (b"content-length", b"%d" % len(answer.body)),
            *cors.headers(origins[0] if len(origins) == 1 else None),
            CLOSE,
        ]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[answer.status] + head + b"\r\n" + answer.body)
        telemetry: Telemetry = self.app_state["telemetry"]
        telemetry.refused(identity, problem, self.client[0] if self.client else "")
        self._end()

    def _sent(self, name: bytes) -> tuple[bytes, ...]:
        return tuple(value for known, value in self.headers or () if known == name)

    def _end(self) -> None:
        """Closes the connection, but reads on for a moment first.

        Closed with bytes unread it would be reset, and a client that still sends could lose the answer (RFC 9112
        section 9.6).
        """
        self._ended = True
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        super()._start_asgi_task(cycle, partial(_in_one_piece, cycle, self._end, app))

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
