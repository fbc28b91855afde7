"""What is served beside the contract: health, metrics, public keys, the documents and their pages."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from starlette.types import Receive, Scope, Send

from handlers.auth import JSON, Response
from security.authentication import KeySource
from security.errors import MethodNotAllowed, NotFound, Unavailable
from service.api.contract import Contract
from service.api.request_context import RequestContext
from service.operations import docs, sign_out
from service.operations.documents import Document, Page
from service.state.key_file import PUBLIC_MAX_AGE
from service.telemetry.metrics import Metrics

Action = Callable[[RequestContext], Awaitable[Response]]


class Extension(Protocol):
    """Further paths, like those of the demo. Actions are called by POST, and by pages of this origin only."""

    pages: Mapping[str, Page]
    actions: Mapping[str, Action]


class OperationalEndpoints:
    """Answers on the paths that no document lists."""

    def __init__(
        self,
        contract: Contract,
        keys: KeySource,
        readiness: Callable[[], Mapping[str, str]],
        metrics: Metrics | None,
        extension: Extension | None,
    ) -> None:
        self._readiness = readiness
        self._pages: dict[str, Page] = {
            "/healthz": lambda _: _json(200, {"status": "ok"}),
            "/readyz": self._readyz,
            "/.well-known/jwks.json": lambda _: _public_keys(keys),
            "/openapi.yaml": Document("application/yaml", contract.text).page(),
            "/openapi.json": Document("application/json", json.dumps(contract.spec, indent=2).encode()).page(),
            **{path: document.page(docs.POLICY) for path, document in docs.documents()},
        }
        if metrics is not None:
            self._pages["/metrics"] = lambda _: _exposition(metrics)
        self._actions: dict[str, Action] = {sign_out.PATH: sign_out.SignOut(contract.cookie_name.encode("ascii"))}
        if extension is not None:
            self._pages |= extension.pages
            self._actions |= extension.actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: RequestContext = scope["request_context"]
        if action := self._actions.get(request.path):
            request.route = request.path
            if request.method != "POST":
                raise MethodNotAllowed("POST")
            request.check_origin(allowed=())
            request.response = await action(request)
        elif page := self._pages.get(request.path):
            request.route = request.path
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed("GET, HEAD")
            request.response = page(request)
        else:
            raise NotFound("path: unknown")

    def _readyz(self, _: RequestContext) -> Response:
        """The state of each dependency: "ok", "degraded: …" (the service works without it), or what is wrong."""
        states = self._readiness()
        failed = any(state != "ok" and not state.startswith("degraded") for state in states.values())
        response = _json(503 if failed else 200, {"status": "unavailable" if failed else "ok", **states})
        return response._replace(headers=(*response.headers, (b"retry-after", b"5"))) if failed else response


def _json(status: int, value: object) -> Response:
    return Response(status, json.dumps(value).encode("ascii"), (JSON,))


def _exposition(metrics: Metrics) -> Response:
    """The metrics. Raises Unavailable while there is no memory in which the workers share them."""
    try:
        text = metrics.text()
    except OSError as error:
        raise Unavailable("metrics: no memory to share them") from error
    return Response(200, text, ((b"content-type", b"text/plain; version=1.0.0; charset=utf-8"),))


def _public_keys(keys: KeySource) -> Response:
    """The public keys, which may be kept for a while: `keys promote` waits so long."""
    response = _json(200, keys.current.public_jwks())
    kept = (b"cache-control", b"public, max-age=%d" % PUBLIC_MAX_AGE)
    return response._replace(headers=(*response.headers, kept), cacheable=True)
