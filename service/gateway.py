"""Connexion, thinned: routing, security and validation by the document, prepared once at start.

Stock connexion 3.3 spends four fifths of a request in wrappers: it copies schemas, builds validators, request objects
and a second Starlette application anew for every call. Its router, its security layer and its validators are kept; each
layer here is a subclass of the stock one that does the preparing at start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from functools import partial
from typing import Any

from connexion.exceptions import UnsupportedMediaTypeProblem
from connexion.json_schema import Draft4RequestValidator
from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI
from connexion.middleware.main import ConnexionMiddleware
from connexion.middleware.request_validation import (
    RequestValidationAPI,
    RequestValidationMiddleware,
    RequestValidationOperation,
)
from connexion.middleware.routing import RoutingMiddleware
from connexion.resolver import Resolver
from jsonschema import Draft4Validator
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers import OPERATIONS
from handlers.auth import Tools
from security.authentication import Authentication
from security.errors import BadRequest, UnprocessableContent, UnsupportedMediaType
from security.schemes import Gates, Resolved, security_map
from security.strict_json import no_constant
from service.contract import VERSION_HEADER, Catalogue, Contract
from service.exchange import Exchange
from service.limits import AddressLimit, Limit, SessionLimit


class Routing(RoutingMiddleware):
    """Connexion's router, with a table in front of it: a path without parameters is looked up, not matched.

    Whatever is routed to an operation, by whichever spelling, passes the origin check here, and goes no other way.
    """

    def __init__(self, app: ASGIApp, allowed_origins: Container[bytes]) -> None:
        super().__init__(self._matched)
        self._next = app
        self._allowed_origins = allowed_origins
        self._table: dict[tuple[str, str], str] = {}

    def add_api(self, specification: Any, base_path: str | None = None, **options: Any) -> None:
        """Adds a document's routes."""
        super().add_api(specification, base_path, **options)
        self.router.redirect_slashes = False  # /refresh/ is not /refresh
        for mount in self.router.routes:
            if isinstance(mount, Mount) and isinstance(mount.app, Router):
                mount.app.redirect_slashes = False
                for route in mount.app.routes:
                    if isinstance(route, Route) and not route.param_convertors:
                        name = route.endpoint.operation_id  # type: ignore[attr-defined]
                        self._table |= {(method, mount.path + route.path): name for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Notes the operation on the exchange."""
        operation = self._table.get((scope["method"], scope["path"]))
        if operation is None:
            try:
                await super().__call__(scope, receive, send)
            except HTTPException:  # the path is there, by another method: no foreign page is told which
                scope["exchange"].check_origin(self._allowed_origins)
                raise
            return
        await self._routed(operation, scope, receive, send)

    async def _matched(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = scope["extensions"][ROUTING_CONTEXT]["operation_id"]
        if operation is None:
            await self._next(scope, receive, send)
            return
        await self._routed(operation, scope, receive, send)

    async def _routed(self, operation: str, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        exchange.operation = operation
        exchange.check_origin(self._allowed_origins)
        await self._next(scope, receive, send)


class Validation(RequestValidationOperation):
    """Checks the version, the header parameters and the body of one operation against the document."""

    def __init__(self, next_app: ASGIApp, *, operation: Any, catalogue: Catalogue, **options: Any) -> None:
        super().__init__(next_app, operation=operation, **options)
        self._catalogue = catalogue
        self._parameters = [
            (parameter["name"].lower().encode("ascii"), Draft4Validator(parameter["schema"]).is_valid)
            for parameter in operation.parameters
            if parameter["in"] == "header"
        ]
        self._is_valid_body = Draft4RequestValidator(operation.body_schema("application/json")).is_valid

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        pinned = exchange.api_key.version if exchange.api_key else None
        exchange.version = self._catalogue.choose(exchange.headers.get(VERSION_HEADER, ()), pinned)
        for name, is_valid in self._parameters:
            value = exchange.header(name)
            if value is not None and not is_valid(value.decode("latin-1")):
                raise BadRequest("parameter: against the document")
        if exchange.body:
            self._check_body(scope["headers"], exchange.body)
        await self.next_app(scope, receive, send)

    def _check_body(self, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        mime_type, _ = self.extract_content_type(headers)
        try:
            self.validate_mime_type(mime_type.strip())  # blanks may stand before the semicolon (RFC 9110 section 8.3.1)
        except UnsupportedMediaTypeProblem as problem:
            raise UnsupportedMediaType("body: not declared as JSON") from problem
        try:
            value = json.loads(body.decode(), parse_constant=no_constant)
        except (ValueError, RecursionError) as error:
            raise BadRequest("body: not JSON", detail="The body is not JSON in UTF-8.") from error
        if not self._is_valid_body(value):
            raise UnprocessableContent("body: against the document")


class ValidationAPI(RequestValidationAPI):
    """Makes the validations of a document."""

    def __init__(self, *arguments: Any, catalogue: Catalogue, **options: Any) -> None:
        self._catalogue = catalogue
        super().__init__(*arguments, **options)

    def make_operation(self, operation: Any) -> Validation:
        """The validation of one operation."""
        return Validation(self.next_app, operation=operation, catalogue=self._catalogue)


class Validations(Resolved, RequestValidationMiddleware):
    """Connexion's validation layer with our validation in it."""

    def __init__(self, app: ASGIApp, catalogue: Catalogue) -> None:
        super().__init__(app)
        self.api_cls = partial(ValidationAPI, catalogue=catalogue)


class Operation:
    """Calls the handler of one operation, and leaves its answer on the exchange."""

    def __init__(self, handler: Callable[..., Any], tools: Tools) -> None:
        self._handler = handler
        self._tools = tools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        exchange.answer = self._handler(exchange.session, exchange.now, self._tools)


class OperationAPI(RoutedAPI[Operation]):
    """Makes the operations of a document."""

    def __init__(self, *arguments: Any, tools: Tools, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tools = tools
        self.add_paths()

    def make_operation(self, operation: Any) -> Operation:
        """The handler that the document's operationId names."""
        return Operation(operation.function, self._tools)


class Operations(Resolved):
    """The innermost layer; what the document does not know goes on to `app`."""

    def __init__(self, app: ASGIApp, tools: Tools) -> None:
        super().__init__(app)
        self.api_cls = partial(OperationAPI, tools=tools)


def _handler(operation_id: str) -> Callable[..., Any]:
    if operation_id not in OPERATIONS:
        raise ValueError(f"openapi.yaml: operationId {operation_id} has no handler")
    return OPERATIONS[operation_id]


def build(
    contract: Contract,
    authentication: Authentication,
    tools: Tools,
    address_limit: Limit,
    session_limit: Limit,
    beside: ASGIApp,
    allowed_origins: Container[bytes],
) -> ConnexionMiddleware:
    """Connexion over `contract`; requests that it does not know go on to `beside`."""
    gateway = ConnexionMiddleware(
        Operations(beside, tools),
        middlewares=[
            partial(Routing, allowed_origins=allowed_origins),
            partial(AddressLimit, limit=address_limit),
            Gates,
            partial(SessionLimit, limit=session_limit),
            partial(Validations, catalogue=contract.catalogue),
        ],
        resolver=Resolver(_handler),
        security_map=security_map(authentication),
    )
    gateway.add_api(contract.spec)
    return gateway
