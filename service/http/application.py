"""The outermost ASGI layer: every request gets exactly one response here, whatever happens inside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple, NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.auth import Response
from security.errors import Problem, RateLimited, Unauthorized
from service.api.rate_limits import RateLimit, network_of
from service.api.request_context import RequestContext
from service.http import request_id, trace_context
from service.http.client_address import TrustedProxies
from service.http.cors import Cors
from service.http.request_recorder import RequestRecorder
from service.http.responses import ResponseBuilder, problem_of

# The request headers that are read anywhere, beside those that a contract names. The protocol keeps no others.
HEADERS_READ = frozenset(
    {
        b"content-length",
        b"content-type",
        b"cookie",
        b"expect",
        b"host",
        b"if-none-match",
        b"transfer-encoding",
        b"x-forwarded-for",
        request_id.HEADER,
        trace_context.HEADER,
    }
)
# Those by which a page's origin is judged. The internal listener does not read them: no page reaches it, and a proxy
# passes on what a browser sent to another server.
BROWSER_HEADERS = frozenset(
    {b"access-control-request-headers", b"access-control-request-method", b"origin", b"sec-fetch-site"}
)


class FailureLimit(NamedTuple):
    """How many of `problems` an address may get. Each 429 in their place comes `pause` seconds late."""

    limit: RateLimit
    problems: tuple[type[Problem], ...]
    pause: float = 0.0


class Application:
    """Asks `api` for the response, turns whatever it raises into one, and records how the request ended.

    An address with too many of the problems in `failures` gets 429 in place of further ones, and of nothing else.
    """

    def __init__(
        self,
        api: ASGIApp,
        *,
        clock: Callable[[], float],
        cors: Cors,
        failures: FailureLimit,
        responses: ResponseBuilder,
        recorder: RequestRecorder,
        trusted_proxies: Sequence[str],
    ) -> None:
        self._api = api
        self._clock = clock
        self._cors = cors
        self._failures = failures
        self._responses = responses
        self._recorder = recorder
        self._proxies = TrustedProxies(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        request: RequestContext = scope["request_context"]
        request.now = self._clock()
        try:
            response = await self._respond(request, scope, receive)
        except Exception as error:  # noqa: BLE001
            # The last resort: whatever a layer inside raises, the client gets our response.
            response = await self._refuse(request, error)
        headers = self._responses.headers(request, response)
        status = response.status
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})
        except ConnectionError:
            status = 0  # the client is gone
        self._recorder.record(request, status, perf_counter() - started)

    async def _respond(self, request: RequestContext, scope: Scope, receive: Receive) -> Response:
        if b"x-forwarded-for" in request.headers:
            self._find_client(request)
        if request.problem is not None:  # 400, 413, 431: the request could not be read
            raise request.problem
        preflight = self._cors.preflight(request)
        if preflight is not None:
            return preflight
        await self._api(scope, receive, _no_send)  # 404, 405; then api/endpoint.py
        if request.response is None:
            raise RuntimeError("no layer answered")
        return request.response

    async def _refuse(self, request: RequestContext, error: Exception) -> Response:
        """The response to `error`, or 429 in its place."""
        problem = problem_of(error)
        if problem.status == 500:
            self._recorder.record_crash(request, error)
        if isinstance(problem, Unauthorized) and problem.session_id is not None:
            request.session_id, request.organisation = problem.session_id, problem.organisation
        failures = self._failures
        if isinstance(problem, failures.problems) and not request.unlimited:
            try:
                await failures.limit.count(request, network_of(request.client))
            except RateLimited as limited:
                problem = limited
                await asyncio.sleep(failures.pause)
        problem.__traceback__ = None  # breaks a reference cycle: traceback, frame, request, problem
        request.reason = problem.reason
        return self._responses.error(problem)

    def _find_client(self, request: RequestContext) -> None:
        """Takes the client's address from X-Forwarded-For, if a trusted proxy sent it."""
        if request.client in self._proxies:
            request.client = self._proxies.client(request.client, request.headers[b"x-forwarded-for"])
        else:
            self._recorder.warn_of_untrusted(request.client)


async def _no_send(_: Message) -> NoReturn:
    """What the layers inside get as `send`: they set `request.response` or raise, and send nothing."""
    raise RuntimeError("a layer inside the application sent a response")
