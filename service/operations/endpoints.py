"""What is served beside the contract: health, metrics, public keys, the documents and their pages."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from starlette.types import Receive, Scope, Send

from handlers.auth import JSON, Response
from security.authentication import KeySource
from security.errors import MethodNotAllowed, NotFound
from service.api.contract import Contract
from service.api.request_context import RequestContext
from service.operations import docs
from service.operations.documents import Document, Page
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
            "/.well-known/jwks.json": lambda _: _json(200, keys.current.public_jwks()),
            "/openapi.yaml": Document("application/yaml", contract.text).page(),
            "/openapi.json": Document("application/json", json.dumps(contract.spec, indent=2).encode()).page(),
            **{path: document.page(docs.POLICY) for path, document in docs.documents()},
        }
        if metrics is not None:
            text = (b"content-type", b"text/plain; version=1.0.0; charset=utf-8")
            self._pages["/metrics"] = lambda _: Response(200, metrics.text(), (text,))
        self._actions: Mapping[str, Action] = {}
        if extension is not None:
            self._pages |= extension.pages
            self._actions = extension.actions

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
