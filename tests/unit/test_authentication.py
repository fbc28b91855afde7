"""Authentication: the cookie, the revocations and the API key, in this order; and the gate that asks for them."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from connexion.security import SecurityHandlerFactory

from security import api_keys
from security.api_keys import ApiKey
from security.authentication import Authentication
from security.claims import Policy
from security.errors import Unauthorized, Unavailable
from security.keys import load_key_set
from security.schemes import Gate, Gates, security_map
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge

FORGE = Forge()
KEY = ApiKey("ak_1", api_keys.digest(b"vk_live_1"), "org-1", "2026-01-01", False, NOW)
SCHEMES = {
    "sessionCookie": {"type": "apiKey", "in": "cookie", "name": "vk_org_token"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def presented(cookie=None, *keys):
    return SimpleNamespace(
        now=NOW, client="10.0.0.1", session=None, api_key=None, api_keys=keys,
        cookies=() if cookie is None else (b"vk_org_token=" + cookie.encode(),),
    )  # fmt: skip


class Revocations:
    def __init__(self, answer):
        self.answer = answer

    def revoked(self, session):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def find(self, digest):
        return {KEY.digest: KEY}.get(digest)


async def nobody(*_):
    raise AssertionError


def gate(revoked=False, reached=None):
    port = Revocations(revoked)
    ring = SimpleNamespace(current=load_key_set(FORGE.jwks()))
    authentication = Authentication(ring, Policy(ISSUER, AUDIENCE, 30, 2592000), port, port)

    async def inside(scope, receive, send):
        if reached is not None:
            reached.append(scope["exchange"])

    return Gate(
        inside,
        security_handler_factory=SecurityHandlerFactory(security_map(authentication)),
        security=[{"sessionCookie": []}, {"sessionCookie": [], "apiKey": []}],
        security_schemes=SCHEMES,
    )


def test_good_cookie_passes():
    """A good cookie passes with its session noted; a live key beside it is noted too."""
    reached: list[Any] = []
    for request in (presented(FORGE.token()), presented(FORGE.token(), b"vk_live_1", b"vk_live_1")):
        asyncio.run(gate(reached=reached)({"exchange": request}, None, None))
    assert [each.session.session_id for each in reached] == ["session-1", "session-1"]
    assert [each.api_key for each in reached] == [None, KEY]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (presented(), "cookie: none"),
        (presented("rubbish"), "token"),
        (presented(None, b"vk_live_1"), "without a session"),
        (presented(FORGE.token(), b"vk_live_2"), "unknown"),
        (presented(FORGE.token(), b""), "unknown"),
        (presented(FORGE.token(), b"vk_live_1", b"vk_live_2"), "twice"),
        (presented(FORGE.token(claims={"org": "org-2"}), b"vk_live_1"), "another organisation"),
    ],
)
def test_what_is_presented_must_hold(request_, reason):
    """One credential that does not hold refuses the request, whatever the others are; none reaches the handler."""
    reached: list[Any] = []
    with pytest.raises(Unauthorized, match=reason):
        asyncio.run(gate(reached=reached)({"exchange": request_}, None, None))
    assert reached == []


def test_revoked_session_is_refused():
    """A revoked session is refused, and an outage is not: it is unavailable."""
    with pytest.raises(Unauthorized, match="revoked"):
        gate(revoked=True).verification_fn(presented(FORGE.token()))
    with pytest.raises(Unavailable) as outage:
        gate(revoked=Unavailable("store")).verification_fn(presented(FORGE.token()))
    assert (outage.value.status, outage.value.headers) == (503, ((b"retry-after", b"5"),))


def test_expired_key_is_judged_by_the_request_clock():
    """The one clock reading of the request decides."""
    with pytest.raises(Unauthorized):
        api_keys.check(replace(KEY, expires_at=NOW - 1), "org-1", "10.0.0.1", NOW)


def test_requests_without_an_operation_go_past_the_gates():
    """A path that the document does not know has no gate."""
    reached: list[Any] = []

    async def inside(scope, receive, send):
        reached.append(scope)

    asyncio.run(Gates(inside)({"exchange": SimpleNamespace(operation="")}, nobody, nobody))
    assert len(reached) == 1
