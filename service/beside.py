"""What is served beside the contract: health, metrics, public keys, the document and its pages, and the demo."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from starlette.types import Receive, Scope, Send

from handlers.auth import JSON, Answer
from security.authentication import KeyRing
from security.errors import MethodNotAllowed, NotFound
from service import docs
from service.contract import Contract, Document
from service.demo import Action, Demo, Page
from service.exchange import Exchange
from service.metrics import Metrics


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode("ascii"), (JSON,))


def _document(document: Document, *more: tuple[bytes, bytes]) -> Page:
    etag = document.etag
    headers = (
        (b"content-type", document.content_type.encode("ascii")),
        *more,
        (b"etag", etag),
        (b"cache-control", b"no-cache"),  # kept, but asked for again with the entity tag (RFC 9111 section 5.2.2.4)
    )
    whole, unchanged = Answer(200, document.body, headers, stored=True), Answer(304, b"", headers[1:], stored=True)

    def page(exchange: Exchange) -> Answer:
        known = exchange.header(b"if-none-match") or b""  # RFC 9110 section 13.1.2
        return unchanged if known.strip() == b"*" or etag in known else whole

    return page


class Beside:
    """Answers on the paths that the document does not list: pages to GET and HEAD, the demo's actions to POST."""

    def __init__(
        self,
        contract: Contract,
        keys: KeyRing,
        readiness: Callable[[], Mapping[str, str]],
        metrics: Metrics | None,
        demo: Demo | None,
    ) -> None:
        self._readiness = readiness
        self.pages: dict[str, Page] = {
            "/healthz": lambda _: _json(200, {"status": "ok"}),
            "/readyz": self._readyz,
            "/.well-known/jwks.json": lambda _: _json(200, keys.current.public_jwks()),
            "/openapi.yaml": _document(contract.yaml),
            "/openapi.json": _document(contract.json),
            **{path: _document(document, docs.POLICY) for path, document in docs.documents()},
        }
        if metrics is not None:
            text = (b"content-type", b"text/plain; version=1.0.0; charset=utf-8")
            self.pages["/metrics"] = lambda _: Answer(200, metrics.text(), (text,))
        self.actions: Mapping[str, Action] = {}
        if demo is not None:
            self.pages |= demo.pages
            self.actions = demo.actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        action = self.actions.get(exchange.path)
        if action is not None:
            await self._act(action, exchange, scope["query_string"])
            return
        page = self.pages.get(exchange.path)
        if page is None:
            raise NotFound("path: unknown")
        exchange.beside = exchange.path
        if exchange.method not in ("GET", "HEAD"):
            raise MethodNotAllowed("GET, HEAD")
        exchange.answer = page(exchange)

    async def _act(self, action: Action, exchange: Exchange, query: bytes) -> None:
        exchange.beside = exchange.path
        if exchange.method != "POST":
            raise MethodNotAllowed("POST")
        exchange.check_origin(allowed=())  # only the demo's own page may ask
        exchange.answer = await action(exchange, query)

    def _readyz(self, _: Exchange) -> Answer:
        """Each dependency's state: "ok", "degraded: …" (works without), or what is wrong, then with 503."""
        states = self._readiness()
        broken = any(state != "ok" and not state.startswith("degraded") for state in states.values())
        answer = _json(503 if broken else 200, {"status": "unavailable" if broken else "ok", **states})
        return Answer(answer.status, answer.body, (*answer.headers, (b"retry-after", b"5"))) if broken else answer
