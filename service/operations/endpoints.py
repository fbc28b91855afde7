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
from service.operations import docs, llms, sign_out
from service.operations.documents import Document, Page
from service.state.key_file import PUBLIC_MAX_AGE
from service.telemetry.metrics import Metrics

Action = Callable[[RequestContext], Awaitable[Response]]


class Extension(Protocol):
    """Further paths, like those of the demo. Actions are called by POST, and by pages of this origin only."""

    pages: Mapping[str, Page]
    actions: Mapping[str, Action]


class OperationalEndpoints:
    """Answers on the paths that no document lists: pages to GET, actions to POST."""

    def __init__(self, pages: Mapping[str, Page], actions: Mapping[str, Action]) -> None:
        self._pages = pages
        self._actions = actions

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


def monitoring(keys: KeySource, readiness: Callable[[], Mapping[str, str]], metrics: Metrics | None) -> dict[str, Page]:
    """The pages about the running service, and the public keys. Without `metrics`, /metrics is not there."""
    pages: dict[str, Page] = {
        "/healthz": lambda _: _json(200, {"status": "ok"}),
        "/readyz": lambda _: _readyz(readiness()),
        "/.well-known/jwks.json": lambda _: _public_keys(keys),
    }
    if metrics is not None:
        pages["/metrics"] = lambda _: _exposition(metrics)
    return pages


def document(contract: Contract) -> dict[str, Page]:
    """The pages that show the document of a listener."""
    return {
        "/openapi.yaml": Document("application/yaml", contract.text).page(),
        "/openapi.json": Document("application/json", json.dumps(contract.spec, indent=2).encode()).page(),
    }


def public(contract: Contract, shared: Mapping[str, Page], extension: Extension | None) -> OperationalEndpoints:
    """What the public listener serves: `shared` pages, the document, its documentation, and an extension's paths."""
    pages = {**shared, **document(contract)}
    pages |= {path: file.page(docs.POLICY) for path, file in docs.documents()}
    pages |= {path: file.page() for path, file in llms.documents(contract)}
    actions: dict[str, Action] = {sign_out.PATH: sign_out.SignOut(contract.cookie_name.encode("ascii"))}
    if extension is not None:
        pages |= extension.pages
        actions |= extension.actions
    return OperationalEndpoints(pages, actions)


def _readyz(states: Mapping[str, str]) -> Response:
    """The state of each dependency: "ok", "degraded: …" (the service works without it), or what is wrong."""
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
