"""uvicorn's HTTP protocol, one connection, with limits of our own: size and time of what comes, time of what goes."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from functools import partial
from typing import Any

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from security.errors import BadRequest, HeadersTooLarge, Problem
from service import framing
from service.answers import CLOSE, EVERY_ANSWER, NO_STORE, Cors, answer_of
from service.edge import MAX_BODY_BYTES
from service.exchange import HEADERS_READ, request_id
from service.target import path_of
from service.telemetry import Telemetry

MAX_HEAD_BYTES = 16384
HEAD_SECONDS = 10.0
WRITE_SECONDS = 10.0
WATCH_SECONDS = 1.0
DRAIN_SECONDS = 0.5
LINGER_SECONDS = 1.0
PIECE_BYTES = 16384  # of a long answer, written when the piece before it is on its way; more is not kept for a client
TOO_LONG = bytes(MAX_BODY_BYTES + 1)


class Flow(FlowControl):
    """uvicorn's, which does not read on while `held`: it would, for every request that is answered or read."""

    held = False

    def resume_reading(self) -> None:
        if not self.held:
            super().resume_reading()


class Protocol(HttpToolsProtocol):
    """One connection. Whatever its client does, what is held for it has a bound, and each wait a limit (CWE-400)."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._problem: Problem | None = None
        self._head_since: float | None = None
        self._head_bytes = 0
        self._unfinished = 0  # bytes of a head, or of what follows it, in the pieces that came after its first one
        self._unread, self._unread_from = b"", 0  # what came behind a request that waits for its answer
        self._answering: RequestResponseCycle = None  # type: ignore[assignment]
        self._began = False
        self._closing = False
        self._ended = False
        self._written = self._taken = 0  # bytes of answers: handed to the transport, and gone from it
        self._taken_at = 0.0
        self._watch: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow: Flow = Flow(transport)
        transport.set_write_buffer_limits(PIECE_BYTES)
        self._head_since = self._taken_at = self.loop.time()
        self._watch = self.loop.call_later(WATCH_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Ends a connection whose client dribbles its head, never begins one, or takes nothing of its answers.

        One timer a connection that looks now and then, until the connection is lost: one a request would cost more
        than the rest of this class, and closing alone waits for ever for a client that does not read.
        """
        now = self.loop.time()
        waiting = self.transport.get_write_buffer_size()
        taken = self._written - waiting
        if not waiting or taken != self._taken:
            self._taken, self._taken_at = taken, now
        elif now - self._taken_at >= WRITE_SECONDS:
            self.transport.abort()
            return
        closing = self._ended or self.transport.is_closing()
        if self._head_since is not None and self._waits():
            self._head_since = now  # it is we who do not read on
        if self._head_since is not None and now - self._head_since >= HEAD_SECONDS and not closing:
            if self._began:
                self._refuse(BadRequest("head: too slow"))
            else:
                self.transport.close()
        self._watch = self.loop.call_later(WATCH_SECONDS, self._look)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, or keeps `data` behind what is kept already."""
        self._unread = self._unread[self._unread_from :] + data if self._unread else data
        self._unread_from = 0
        self._feed()

    def _feed(self) -> None:
        """Feeds the parser until a request waits for its answer; then reading stops, and the rest stays unread.

        One request at a time: many small ones in one packet would hold up the loop, and everybody else with it.
        """
        data, start = self._unread, self._unread_from
        while start < len(data) and not self._waits():
            if self._problem is not None or self._ended:
                start = len(data)  # it follows what was refused
                break
            piece = framing.first_request(data, start, MAX_HEAD_BYTES)
            start += len(piece)
            self._feed_piece(piece)
        self.flow.held = start < len(data)
        if self.flow.held:
            self.flow.pause_reading()
            self._unread, self._unread_from = data, start
        else:
            self._unread, self._unread_from = b"", 0

    def _waits(self) -> bool:
        """Whether a request is complete and not answered: the newest, or one before it."""
        cycle = self.cycle
        return bool(self.pipeline) or (cycle is not None and not cycle.more_body and not cycle.response_complete)

    def _feed_piece(self, piece: bytes) -> None:
        """Feeds the parser, which keeps an unfinished line in memory however long it grows."""
        self._unfinished += len(piece)
        while piece:
            try:
                self.parser.feed_data(piece)
                break
            except httptools.HttpParserUpgrade as pause:
                piece = piece[pause.args[0] :]
                framing.read_on(self, self.cycle.scope["headers"])
            except httptools.HttpParserError as error:
                cause = error.__context__
                self._refuse(cause if isinstance(cause, Problem) else BadRequest("head: broken HTTP"))
                return
        if self._unfinished > MAX_HEAD_BYTES:
            self._too_much()

    def _too_much(self) -> None:
        """Limits what the parser takes without handing it on: a head, empty lines, chunk extensions, trailers."""
        if self._head_since is None and self.cycle is not None and self.cycle.more_body:
            self.on_body(TOO_LONG)  # the edge answers, as to any body that is too long
        else:
            self._refuse(HeadersTooLarge("head: too large"))

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more. It may still wait for its answers (RFC 9112 section 9.6)."""
        if self.pipeline and self.cycle.more_body:  # a request that will never be complete, behind others that are
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._answering
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:
            return False
        cycle.keep_alive = False
        return True

    def on_message_begin(self) -> None:
        self._unset_keepalive_if_required()  # not for empty lines, which may go on for ever
        self._head_since = self.loop.time()
        self._head_bytes = self._unfinished = 0
        self._began = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header that somebody reads; of the others, and of trailers, nothing (RFC 9110 section 6.5.1)."""
        if self._head_since is None:
            return
        self._count_head(len(name) + len(value) + 4)
        name = name.lower()
        if name in HEADERS_READ:
            self.headers.append((name, value))
            if name == b"expect":
                self.expect_100_continue = value.strip(b" \t").lower() == b"100-continue"

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HeadersTooLarge("head: too large")  # ends the parsing

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        framing.check(version, self.parser.get_method(), self.headers)
        path = path_of(self.url)
        if version == "1.0":
            self.expect_100_continue = False  # RFC 9110 section 10.1.1
        self._head_since = None
        self._unfinished = 0
        self._unset_keepalive_if_required()
        super().on_headers_complete()
        self.scope["path"] = path
        if self._closing:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Keeps no more of a body than shows that it is too long."""
        if len(self.cycle.body) <= MAX_BODY_BYTES:
            super().on_body(body[: MAX_BODY_BYTES + 1])

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # httptools did not look whether a body follows: see framing.read_on
        if not self.parser.should_keep_alive():  # a trailer may say so; the parser reads nothing behind it
            self.cycle.keep_alive = False
        super().on_message_complete()

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
        if self._ended:
            return
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._unread and not self._waits():
            self._feed()
            if not self._unread:
                self.flow.resume_reading()
        if self._problem is not None and self.cycle.response_complete and not self._ended:
            self._answer_problem(self._problem)

    def _answer_problem(self, problem: Problem) -> None:
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
        self._write(STATUS_LINE[answer.status] + head + b"\r\n" + answer.body)
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
            self._unread = b""
            self.flow.held = False
            self.flow.resume_reading()
            self.transport.write_eof()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, partial(self._in_one_piece, cycle, app))

    async def _in_one_piece(
        self, cycle: RequestResponseCycle, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Runs `app` with a `send` that writes head and body at once.

        uvicorn's own looks through every header for characters that the edge, which makes them all, cannot put there:
        that takes a tenth of a request.
        """
        start: Message = {}

        async def send_whole(message: Message) -> None:
            nonlocal start
            if not start:
                start = message
                return
            if self.flow.write_paused:
                await self.flow.drain()
            if self.transport.is_closing():
                cycle.disconnected = True
            if cycle.disconnected:
                return
            status, headers = start["status"], start["headers"]
            unread = cycle.more_body or (status >= 400 and CLOSE in headers)
            if unread:
                cycle.keep_alive = False  # what was not read must not be taken for the next request
            if not cycle.keep_alive and CLOSE not in headers:
                headers.append(CLOSE)
            pieces = [STATUS_LINE[status]]
            for name, value in cycle.default_headers:
                pieces += (name, b": ", value, b"\r\n")
            for name, value in headers:
                pieces += (name, b": ", value, b"\r\n")
            body = b"" if scope["method"] == "HEAD" else message["body"]
            pieces += (b"\r\n", body[:PIECE_BYTES])
            cycle.response_started = True
            self._write(b"".join(pieces))
            for position in range(PIECE_BYTES, len(body), PIECE_BYTES):
                await self.flow.drain()
                if self.transport.is_closing():
                    cycle.disconnected = True
                    return
                self._write(body[position : position + PIECE_BYTES])
            cycle.response_complete = True
            cycle.message_event.set()
            if unread or (self._unread and not cycle.keep_alive):
                self._end()
            elif not cycle.keep_alive:
                self.transport.close()
            cycle.on_response()

        await app(scope, receive, send_whole)

    def _write(self, data: bytes) -> None:
        self._written += len(data)
        self.transport.write(data)

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
