"""Connexion, thinned, without a socket: each layer is the document's, and in the promised order."""

import asyncio
from types import SimpleNamespace

import pytest

from security.authentication import Authentication
from security.claims import Policy
from security.cookies import SetCookie
from security.errors import BadRequest, NotFound, RateLimited, Unauthorized, UnprocessableContent
from security.keys import load_key_set
from service import contract, gateway
from service.exchange import Exchange
from service.limits import Limit, LocalCounter
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge

FORGE = Forge()
RING = SimpleNamespace(current=load_key_set(FORGE.jwks()))
PATH = "/api/v1/auth/refresh"


class Nothing:
    def revoked(self, session):
        return False

    def find(self, digest):
        return None


async def beside(scope, receive, send):
    raise NotFound("path: unknown")


def answer(path=PATH, method="POST", token=None, body=b"", *headers, session_rate="10/minute"):
    cookie = [] if token is None else [(b"cookie", b"vk_org_token=" + token.encode())]
    built = gateway.build(
        contract.load(),
        Authentication(RING, Policy(ISSUER, AUDIENCE, 30, 2592000), Nothing(), Nothing()),
        SimpleNamespace(keys=RING, set_cookie=SetCookie(b"vk_org_token", "")),
        address_limit=Limit("address", "10/minute", LocalCounter()),
        session_limit=Limit("session", session_rate, LocalCounter()),
        beside=beside,
        allowed_origins=(),
    )
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "root_path": "", "query_string": b"",
        "client": ("192.0.2.1", 1), "headers": [*cookie, *headers],
    }  # fmt: skip
    exchange = scope["exchange"] = Exchange(scope, NOW)
    exchange.body = body

    async def twice():
        for _ in range(2):
            await built(scope, None, None)

    asyncio.run(twice())
    return exchange


def test_good_request_reaches_the_handler():
    """The document's path and method lead to the handler, with the session's window and the default version."""
    exchange = answer(token=FORGE.token())
    assert exchange.operation == "refreshAuthSession"
    assert exchange.answer.status == 200
    assert (exchange.version.name, exchange.window.used) == ("2026-02-01", 2)


def test_second_request_of_a_full_window_is_refused():
    """The session's own limit counts once it is known."""
    with pytest.raises(RateLimited):
        answer(token=FORGE.token(), session_rate="1/minute")


@pytest.mark.parametrize(
    ("problem", "arguments"),
    [
        (NotFound, ("/api/v1/auth/refresh/", "POST", FORGE.token())),
        (NotFound, ("/api/v1/auth", "POST", FORGE.token())),
        (Unauthorized, (PATH, "POST", None, b"[]")),
        (Unauthorized, (PATH, "POST", None, b"", (b"verifa-version", b"x"))),
        (BadRequest, (PATH, "POST", FORGE.token(), b"[]", (b"verifa-version", b"2026-03-01"))),
        (BadRequest, (PATH, "POST", FORGE.token(), b"{")),
        (UnprocessableContent, (PATH, "POST", FORGE.token(), b"[]")),
    ],
)
def test_first_fault_decides(problem, arguments):
    """Who is calling comes before which version, that before the body; another path is not there at all."""
    with pytest.raises(problem):
        answer(*arguments)
