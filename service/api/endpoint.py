"""The endpoints: one object for each operation of the OpenAPI documents, and how connexion makes and calls them."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import partial
from typing import Any

from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.security import SecurityHandlerFactory
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from handlers import OF_STATEMENTS
from handlers.auth import Dependencies
from security import device
from security.device import DeviceCredentials
from security.tokens import Session
from service.api.rate_limits import RateLimit
from service.api.request_context import RequestContext
from service.api.security_schemes import Authentication
from service.api.validation import RequestValidation
from service.api.versions import Catalogue


@dataclass(frozen=True, slots=True)
class SharedServices:
    """What all endpoints use. `device` reads what a request has to show for its device, if that counts."""

    allowed_origins: Container[bytes]
    session_limit: RateLimit | None
    dependencies: Dependencies  # of the handlers
    device: Callable[[RequestContext, Session], DeviceCredentials | None] | None = None


class Endpoint:
    """One operation of the OpenAPI document. `__call__` runs the checks in the order of refusal.

    Before it, the protocol has applied the limits of size and time (400, 413, 431), and the router has found the
    operation (404, 405). After it, the application turns a 401 or 403 into 429 if the address had too many of them.
    """

    def __init__(
        self,
        operation: Any,
        factory: SecurityHandlerFactory,
        versions: Catalogue | None,
        shared: SharedServices,
        *,
        unlimited: bool,
    ) -> None:
        self._allowed_origins = shared.allowed_origins
        self._authenticate = Authentication(operation, factory)
        self._unlimited = unlimited
        self._session_limit = None if unlimited else shared.session_limit
        self._device = shared.device
        self._versions = versions
        self._validate = RequestValidation(operation)
        self._dependencies = shared.dependencies
        self._handler: Callable[..., Any] = partial(operation.function, dependencies=shared.dependencies)
        self._takes_statements = operation.operation_id in OF_STATEMENTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sets `request.response`, or raises the problem."""
        request: RequestContext = scope["request_context"]
        request.unlimited = self._unlimited
        # 403: the request comes from a page of an origin that is not allowed.
        request.check_origin(self._allowed_origins)
        # 403: no session cookie, and none comes from there. 401: none of its values states a session that is valid and not
        # revoked, or they state two; then an API key that was sent but is not active. 503: that cannot be judged now.
        identity = request.identity = self._authenticate(request)
        session = identity.session
        if session is not None:
            request.session_id, request.organisation = session.session_id, session.organisation
            if self._device is not None and (credentials := self._device(request, session)) is not None:
                identity = request.identity = identity._replace(device=credentials)
                request.thumbprint = None if credentials.key is None else credentials.key.thumbprint
                if not self._unlimited:  # the browser's own call, which fetches what is asked for here
                    # 401: the session is bound to a device, and not on it. 503: that cannot be judged now.
                    self._check_device(session, credentials, request.now)
            if self._session_limit is not None:
                # 429: too many requests of this session.
                await self._session_limit.count(request, request.session_id)
        if self._versions is not None:
            # 400: the version that the header names, or else the API key, is unknown or retired; or the header is repeated.
            key_version = identity.api_key.version if identity.api_key is not None else None
            request.version = self._versions.choose(request.headers.get(self._versions.header, ()), key_version)
        # 415: the body has another media type. 400: it is not JSON in UTF-8. 422: it does not match the schema.
        self._validate(request)
        if self._takes_statements:
            # 400: the statement is malformed, or not signed by an issuer that is trusted. 503: it cannot be taken now.
            request.response = await self._handler(request.body, request.now)
        else:
            # 503: the new cookie would be longer than browsers keep. 401, 403: it is not the device that may be bound.
            request.response = response = self._handler(identity, request.now)
            request.thumbprint = response.thumbprint or request.thumbprint

    def _check_device(self, session: Session, credentials: DeviceCredentials, now: float) -> None:
        dependencies = self._dependencies
        device.check(session, credentials, dependencies.keys.current, dependencies.policy.leeway, now)


class EndpointAPI(RoutedAPI[Endpoint]):
    """Makes the endpoints of one document."""

    def __init__(
        self,
        *arguments: Any,
        shared: SharedServices,
        catalogue: Catalogue | None = None,
        unlimited: Container[str] = (),
        security_map: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._shared = shared
        self._catalogue = catalogue
        self._unlimited = unlimited
        self._factory = SecurityHandlerFactory(security_map)
        self.add_paths()

    @override
    def make_operation(self, operation: Any) -> Endpoint:
        unlimited = operation.operation_id in self._unlimited
        return Endpoint(operation, self._factory, self._catalogue, self._shared, unlimited=unlimited)


class EndpointMiddleware(RoutedMiddleware[EndpointAPI]):
    """Calls the endpoint that a request was routed to. Requests without an operation are passed to `app`."""

    def __init__(self, app: ASGIApp, shared: SharedServices) -> None:
        super().__init__(app)
        self.api_cls = partial(EndpointAPI, shared=shared)
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
