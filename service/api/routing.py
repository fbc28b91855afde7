"""Connexion's router, with a table in front of it: a path without parameters is looked up, not matched."""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Any

from connexion.middleware.abstract import ROUTING_CONTEXT
from connexion.middleware.routing import RoutingMiddleware
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from service.api.request_context import RequestContext


class Routing(RoutingMiddleware):
    """Finds the operation of a request and notes it in the request context."""

    def __init__(self, app: ASGIApp, allowed_origins: Container[bytes]) -> None:
        super().__init__(self._matched)
        self._next = app
        self._allowed_origins = allowed_origins
        self._table: dict[tuple[str, str], str] = {}
        self._any_method: dict[str, str] = {}

    @override
    def add_api(
        self, specification: Any, base_path: str | None = None, any_method: Collection[str] = (), **options: Any
    ) -> None:
        """Adds the operations of a document. Those in `any_method` are found whatever the method is."""
        super().add_api(specification, base_path, **options)
        self.router.redirect_slashes = False  # /refresh/ is not /refresh
        for mount in self.router.routes:
            if isinstance(mount, Mount) and isinstance(mount.app, Router):
                mount.app.redirect_slashes = False
                for route in mount.app.routes:
                    if isinstance(route, Route) and not route.param_convertors:
                        name = route.endpoint.operation_id  # type: ignore[attr-defined]
                        path = mount.path + route.path
                        self._table |= {(method, path): name for method in route.methods or ()}
                        if name in any_method:
                            self._any_method[path] = name

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: RequestContext = scope["request_context"]
        operation = self._table.get((request.method, request.path)) or self._any_method.get(request.path)
        if operation is not None:
            request.operation = request.route = operation
            await self._next(scope, receive, send)
            return
        scope["app"] = self  # with an app in the scope, Starlette's router raises its refusals
        try:
            await super().__call__(scope, receive, send)
        except HTTPException:  # the path supports other methods; a page of a foreign origin is not told which
            request.check_origin(self._allowed_origins)
            raise

    async def _matched(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = scope["extensions"][ROUTING_CONTEXT]["operation_id"]
        if operation is not None:
            request: RequestContext = scope["request_context"]
            request.operation = request.route = operation
        await self._next(scope, receive, send)
