"""Authentication: the cookie, the revocations and the API key, in this order, by the document's security schemes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from connexion.security import SecurityHandlerFactory

from security import api_keys
from security.api_keys import ApiKey
from security.authentication import Authenticator
from security.claims import Policy
from security.errors import Unauthorized, Unavailable
from security.keys import load_key_set
from service.api.security_schemes import Authentication, handlers_by_type
from tests.support.request_contexts import request_for
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge

FORGE = Forge()
KEY = ApiKey("ak_1", api_keys.digest(b"vk_live_1"), "org-1", "2026-01-01", False, NOW)
OPERATION = SimpleNamespace(
    security=[{"sessionCookie": []}, {"sessionCookie": [], "apiKey": []}],
    security_schemes={
        "sessionCookie": {"type": "apiKey", "in": "cookie", "name": "vk_org_token"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    },
)


def request_with(cookie=None, *keys):
    return request_for("POST", "/", *((b"x-api-key", key) for key in keys), token=cookie, client="10.0.0.1")


class Store:
    """Revocations and API keys. `answer` says whether a session is revoked, or is raised."""

    def __init__(self, answer):
        self.answer = answer

    def revoked(self, session):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def find(self, digest):
        return {KEY.digest: KEY}.get(digest)


def authenticate(request, revoked=False, operation=OPERATION):
    store = Store(revoked)
    ring = SimpleNamespace(current=load_key_set(FORGE.jwks()))
    authenticator = Authenticator(ring, Policy(ISSUER, AUDIENCE, 30, 2592000), store, store)
    return Authentication(operation, SecurityHandlerFactory(handlers_by_type(authenticator)))(request)


def test_good_cookie_passes():
    """The identity has the session; and the API key, if an active one was sent with it."""
    alone = authenticate(request_with(FORGE.token()))
    both = authenticate(request_with(FORGE.token(), b"vk_live_1", b"vk_live_1"))
    assert [identity.session.session_id for identity in (alone, both)] == ["session-1", "session-1"]
    assert [identity.api_key for identity in (alone, both)] == [None, KEY]


@pytest.mark.parametrize(
    ("request_", "reason", "session_id"),
    [
        (request_with(), "cookie: none", None),
        (request_with("rubbish"), "token", None),
        (request_with(None, b"vk_live_1"), "without a session", None),
        (request_with(FORGE.token(), b"vk_live_2"), "unknown", "session-1"),
        (request_with(FORGE.token(), b""), "unknown", "session-1"),
        (request_with(FORGE.token(), b"vk_live_1", b"vk_live_2"), "repeated", "session-1"),
        (request_with(FORGE.token(claims={"org": "org-2"}), b"vk_live_1"), "another organisation", "session-1"),
    ],
)
def test_what_is_presented_must_hold(request_, reason, session_id):
    """One credential that is not valid refuses the request, whatever the others are. The log learns the session."""
    with pytest.raises(Unauthorized, match=reason) as refusal:
        authenticate(request_)
    assert refusal.value.session_id == session_id


def test_revoked_session_is_refused():
    """A revoked session is refused, with its id for the log. If revocations cannot be known, that is an outage."""
    with pytest.raises(Unauthorized, match="revoked") as refusal:
        authenticate(request_with(FORGE.token()), revoked=True)
    assert refusal.value.session_id == "session-1"
    with pytest.raises(Unavailable) as outage:
        authenticate(request_with(FORGE.token()), revoked=Unavailable("store"))
    assert (outage.value.status, outage.value.headers) == (503, ((b"retry-after", b"5"),))


def test_expired_key_is_judged_by_the_request_clock():
    """The one clock reading of the request decides."""
    with pytest.raises(Unauthorized):
        api_keys.check(replace(KEY, expires_at=NOW - 1), "org-1", "10.0.0.1", NOW)
