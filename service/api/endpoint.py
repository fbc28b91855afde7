"""An operation of the document: everything that can refuse a request, in order, and then the handler."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import partial
from typing import Any

from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.security import SecurityHandlerFactory
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from handlers.auth import Dependencies
from service.api.rate_limits import RateLimit
from service.api.request_context import RequestContext
from service.api.security_schemes import Authentication
from service.api.validation import RequestValidation
from service.api.versions import Catalogue


@dataclass(frozen=True, slots=True)
class Collaborators:
    """What all operations work with."""

    allowed_origins: Container[bytes]
    session_limit: RateLimit
    dependencies: Dependencies


class Endpoint:
    """One operation of the document. What is refused, in order.

    Before it come the limits of size and time (service/http). A request that is refused here with 401 or 403 gets 429
    instead if its address had too many of those (service/http/application.py).
    """

    def __init__(
        self, operation: Any, factory: SecurityHandlerFactory, catalogue: Catalogue | None, shared: Collaborators
    ) -> None:
        self._allowed_origins = shared.allowed_origins
        self._authenticate = Authentication(operation, factory)
        self._session_limit = shared.session_limit
        self._catalogue = catalogue
        self._validate = RequestValidation(operation)
        self._handler: Callable[..., Any] = partial(operation.function, dependencies=shared.dependencies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: RequestContext = scope["request_context"]
        request.check_origin(self._allowed_origins)  # 403
        identity = request.identity = self._authenticate(request)  # 401, 503
        if identity.session is not None:
            request.session_id = identity.session.session_id
            if await self._session_limit.exceeded_by(request, request.session_id):
                raise self._session_limit.problem(request)  # 429
        if self._catalogue is not None:
            pinned = identity.api_key.version if identity.api_key is not None else None
            request.version = self._catalogue.choose(request.headers.get(self._catalogue.header, ()), pinned)  # 400
        self._validate(request)  # 415, 400, 422
        request.response = self._handler(identity, request.now)


class EndpointAPI(RoutedAPI[Endpoint]):
    """Makes the endpoints of one document."""

    def __init__(
        self,
        *arguments: Any,
        collaborators: Collaborators,
        catalogue: Catalogue | None = None,
        security_map: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._collaborators = collaborators
        self._catalogue = catalogue
        self._factory = SecurityHandlerFactory(security_map)
        self.add_paths()

    @override
    def make_operation(self, operation: Any) -> Endpoint:
        return Endpoint(operation, self._factory, self._catalogue, self._collaborators)


class EndpointMiddleware(RoutedMiddleware[EndpointAPI]):
    """Calls the endpoint that a request was routed to. Requests without an operation go on to `app`."""

    def __init__(self, app: ASGIApp, collaborators: Collaborators) -> None:
        super().__init__(app)
        self.api_cls = partial(EndpointAPI, collaborators=collaborators)
        self._endpoints: dict[str | None, Endpoint] = {}

    @override
    def add_api(self, specification: Any, **options: Any) -> EndpointAPI:
        api: EndpointAPI = super().add_api(specification, **options)
        self._endpoints |= api.operations
        return api

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint: ASGIApp = self._endpoints.get(scope["request_context"].operation) or self.app
        await endpoint(scope, receive, send)
