"""Connexion over our documents, called without a socket."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from security.authentication import Authenticator
from security.claims import Policy
from security.cookies import SetCookie
from security.errors import NotFound
from security.keys import load_key_set
from security.random_ids import RandomIds
from service.api import contract, gateway
from service.api.contract import Contract
from service.api.endpoint import SharedServices
from service.api.rate_limits import RateLimit
from service.state.local_counter import LocalCounter
from tests.support.tokens import AUDIENCE, ISSUER, Forge

FORGE = Forge()
RING = SimpleNamespace(current=load_key_set(FORGE.jwks()))
POLICY = Policy(ISSUER, AUDIENCE, 30, 2592000)
PATH = "/api/v1/auth/refresh"
EVIL = (b"origin", b"https://evil.example")


class NothingRevoked:
    def revoked(self, session):
        return False

    def find(self, digest):
        return None


async def fallback(scope, receive, send):
    raise NotFound("path: unknown")


def build(*contracts: Contract, session_rate="10/minute", device=None, device_scope=None):
    """The gateway over `contracts`, by default over openapi.yaml. `device`: what reads a request's device, if any."""
    return gateway.build(
        contracts or [contract.load()],
        Authenticator(RING, POLICY, NothingRevoked(), NothingRevoked()),
        SharedServices(
            allowed_origins=(),
            session_limit=session_rate and RateLimit("session", session_rate, LocalCounter()),
            dependencies=SimpleNamespace(
                keys=RING, policy=POLICY, set_cookie=SetCookie(b"vk_org_token", ""), device_scope=device_scope,
                new_id=RandomIds(),
            ),
            device=device,
        ),
        fallback,
    )  # fmt: skip


def send(built, request):
    """Has the request answered, or raises its problem."""
    scope = {
        "type": "http", "http_version": "1.1", "method": request.method, "path": request.path, "root_path": "",
        "query_string": b"", "client": (request.client, 1), "headers": [], "request_context": request,
    }  # fmt: skip
    asyncio.run(built(scope, None, None))
    return request
