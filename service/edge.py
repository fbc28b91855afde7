"""The edge, the only layer that answers: sizes, origins, every answer's headers, the last resort, the log line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from ipaddress import ip_address
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from handlers.auth import Answer
from security.errors import BadRequest, PayloadTooLarge
from service.answers import CLOSE, EVERY_ANSWER, NO_STORE, PREFLIGHT, Cors, Headers, answer_of, problem_of
from service.exchange import Exchange
from service.limits import Limit, network_of
from service.target import HOST
from service.telemetry import Telemetry

MAX_BODY_BYTES = 1024
BODY_SECONDS = 10.0
NO_BODY = [b"0"]
NO_CONTENT = (204, 304)  # a length of theirs would be taken for that of the 200 (RFC 9110 section 8.6)
_HOST = re.compile(HOST)


async def _nothing(*_: Any) -> None:
    """What uvicorn's proxy layer goes on to: it has done all we want of it when it has rewritten the scope."""


class Disconnected(Exception):
    """The client went away before its request was complete; there is nobody to answer."""


class Edge:
    """Takes a request in, has `app` answer it, and sends the one answer, whatever happened inside."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: Callable[[], float],
        paths: Container[str],
        cors: Cors,
        failures: Limit,
        telemetry: Telemetry,
        trusted_proxies: Sequence[str],
    ) -> None:
        self.app = app
        self._clock = clock
        self._paths = paths
        self._cors = cors
        self._failures = failures
        self._telemetry = telemetry
        self._proxies = ProxyHeadersMiddleware(_nothing, list(trusted_proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        exchange = scope["exchange"] = Exchange(scope, self._clock())
        if b"x-forwarded-for" in exchange.headers:
            exchange.client = await self._client(scope, receive, send)
        try:
            answer = await self._answer(exchange, scope, receive, send)
        except Disconnected:
            self._telemetry.finished(exchange, 0, perf_counter() - started)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": self._headers(exchange, answer)})
        await send({"type": "http.response.body", "body": answer.body})
        self._telemetry.finished(exchange, answer.status, perf_counter() - started)

    async def _client(self, scope: Scope, receive: Receive, send: Send) -> str:
        """The address that a trusted proxy tells, if it is one; else the peer's."""
        peer: str = scope["client"][0]
        await self._proxies(scope, receive, send)  # type: ignore[arg-type]
        with suppress(ValueError):
            return str(ip_address(scope["client"][0]))
        return peer

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> Answer:
        try:
            hosts = exchange.headers.get(b"host", ())
            if len(hosts) != 1 and (hosts or scope["http_version"] == "1.1"):
                raise BadRequest("host: missing or there twice")  # RFC 9112 section 3.2
            if hosts and not _HOST.fullmatch(hosts[0]):
                raise BadRequest("host: malformed")
            if b"transfer-encoding" in exchange.headers or exchange.headers.get(b"content-length", NO_BODY) != NO_BODY:
                await self._read_body(exchange, scope, receive)
            asks_first = exchange.method == "OPTIONS" and b"access-control-request-method" in exchange.headers
            if asks_first and exchange.path in self._paths:
                exchange.check_origin(self._cors)
                return PREFLIGHT
            await self.app(scope, receive, send)
            if exchange.answer is None:
                raise RuntimeError("no layer answered")
            return exchange.answer
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001
            # The last resort: nothing inside may leave a client without our answer.
            return await self._failed(exchange, error)

    async def _failed(self, exchange: Exchange, error: Exception) -> Answer:
        """The answer to what was raised. Not where that is caught: `error` and its frame would keep each other alive."""
        problem = problem_of(error)
        exchange.reason = problem.reason
        if problem.status == 500:
            self._telemetry.crashed(exchange, error)
        if problem.status in (401, 403):
            window = await self._failures.hit(network_of(exchange.client), exchange.now)
            if problem.status == 401:
                exchange.window = window
        return answer_of(problem)

    async def _read_body(self, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        """Reads the body onto the exchange, so that size limits come before all else and nobody reads it later."""
        declared = exchange.header(b"content-length")
        if declared is not None and (not declared.isdigit() or int(declared[:20]) > MAX_BODY_BYTES):
            raise PayloadTooLarge("body: too long, as declared", headers=(CLOSE,))
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Disconnected
                    if "broken" in scope["state"]:  # service.protocol puts it there
                        raise BadRequest("body: broken HTTP")
                    exchange.body += message.get("body", b"")
                    if len(exchange.body) > MAX_BODY_BYTES:
                        raise PayloadTooLarge("body: too long, as sent", headers=(CLOSE,))
                    if not message.get("more_body", False):
                        return
        except TimeoutError as error:
            raise BadRequest("body: too slow") from error

    def _headers(self, exchange: Exchange, answer: Answer) -> Headers:
        headers = [*answer.headers, *EVERY_ANSWER]
        if answer is exchange.answer and exchange.version is not None:
            headers += exchange.version.headers
        if not answer.stored:
            headers.append(NO_STORE)
        headers.append((b"x-request-id", exchange.request_id))
        if answer.status not in NO_CONTENT:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        window = exchange.window
        if window is not None:
            headers += [
                (b"x-ratelimit-limit", b"%d" % window.limit),
                (b"x-ratelimit-remaining", b"%d" % max(0, window.limit - window.used)),
                (b"x-ratelimit-reset", b"%d" % window.reset),
            ]
        if b"origin" in exchange.headers:
            headers += self._cors.headers(exchange.header(b"origin"))
        return headers
