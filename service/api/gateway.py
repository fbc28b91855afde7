"""Connexion over our documents: it routes, authenticates and validates by them, prepared once at start.

Stock connexion 3.3 spends four fifths of a request in wrappers: it copies schemas, makes validators, request objects and
a second Starlette application for every call. Its router, its security schemes and its validators are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from connexion.middleware.main import ConnexionMiddleware
from connexion.resolver import Resolver
from starlette.types import ASGIApp

from handlers import OPERATIONS
from security.authentication import Authenticator
from service.api.contract import Contract
from service.api.endpoint import EndpointMiddleware, SharedServices
from service.api.routing import Routing
from service.api.security_schemes import handlers_by_type
from service.api.versions import ContractError


def _handler(operation_id: str) -> Callable[..., Any]:
    if operation_id not in OPERATIONS:
        raise ContractError(f"operationId {operation_id} has no handler")
    return OPERATIONS[operation_id]


def build(
    contracts: Iterable[Contract], authenticator: Authenticator, shared: SharedServices, fallback: ASGIApp
) -> ASGIApp:
    """Connexion over `contracts`. Requests for paths that are in none of them are passed to `fallback`. Raises ContractError."""
    gateway = ConnexionMiddleware(
        fallback,
        middlewares=[
            partial(Routing, allowed_origins=shared.allowed_origins),
            partial(EndpointMiddleware, shared=shared),
        ],
        resolver=Resolver(_handler),
        security_map=handlers_by_type(authenticator),
    )
    for contract in contracts:
        gateway.add_api(
            contract.spec,
            catalogue=contract.catalogue,
            any_method=contract.any_method,
            unlimited=contract.unlimited,
        )
    # Connexion itself would do this at the first request, and only then find what is wrong.
    app: ASGIApp
    app, _ = gateway._build_middleware_stack()
    return app
