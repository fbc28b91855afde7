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
from security.errors import Forbidden, Unauthorized, Unavailable
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


def token_of(sid="session-1", exp=28740, **claims):
    return FORGE.token(claims={"sid": sid, "exp": NOW + exp, **claims})


GOOD, LATER, OTHER = token_of(), token_of(exp=28800), token_of(sid="session-2")
REVOKED, FUTURE, UNKNOWN = token_of(sid="revoked"), token_of(iat=NOW + 3600), token_of(sid="unknown")
NEVER = [token_of(exp=-3600 - each) for each in range(3)]
SEVERAL = {
    "good and empty": (("", GOOD), 28740),
    "good and rubbish": ((GOOD, "x"), 28740),
    "good and expired": ((NEVER[0], GOOD), 28740),
    "two of one session": ((GOOD, LATER), 28800),
    "two of one session, the later first": ((LATER, GOOD), 28800),
    "good and three that are not": ((*NEVER, GOOD), 28740),
    "good and revoked": ((REVOKED, GOOD), 28740),
    "good and from the future": ((FUTURE, GOOD), 28740),
    "the same twice, and another of the session": ((GOOD, GOOD, LATER), 28800),
    "good ones of two sessions": ((GOOD, OTHER), "two sessions"),
    "of two users, one sid": ((GOOD, token_of(sub="user-2")), "two sessions"),
    "of two organisations, one sid": ((GOOD, token_of(org="org-2")), "two sessions"),
    "good, and three of others": ((GOOD, OTHER, token_of(sid="session-3"), ""), "two sessions"),
    "five": ((*NEVER, GOOD, ""), "more than 4"),
    "none good": (("", "x"), "token"),
    "none good, one revoked": ((REVOKED, NEVER[0]), "revoked"),
    "none good, one from the future": (("x", FUTURE), 503),
    "none good, one not known": ((NEVER[0], UNKNOWN), 503),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_values_are_judged_one_by_one(name):
    """What states no good session does not matter; what does must agree, and the latest counts; an outage is no 401."""

    class Sessions(Store):
        def revoked(self, session):
            if session.session_id == "unknown":
                raise Unavailable("store")
            return session.session_id == "revoked"

    values, expected = SEVERAL[name]
    assert isinstance(expected, int | str)
    cookie = "; vk_org_token=".join(values)
    store = Sessions(False)
    keys = SimpleNamespace(current=load_key_set(FORGE.jwks()))
    authenticator = Authenticator(keys, Policy(ISSUER, AUDIENCE, 30, 2592000), store, store)
    headers = [f"vk_org_token={cookie}".encode()]
    if expected == 503:
        with pytest.raises(Unavailable):
            authenticator.session(headers, b"vk_org_token", NOW)
    elif isinstance(expected, str):
        with pytest.raises(Unauthorized, match=expected):
            authenticator.session(headers, b"vk_org_token", NOW)
    else:
        session = authenticator.session(headers, b"vk_org_token", NOW)
        assert session is not None
        assert (session.session_id, session.claims["exp"]) == ("session-1", NOW + expected)


@pytest.mark.parametrize("keys", [[b""], [b"", b""], [b"", b"vk_live_1"], [b"vk_live_1", b""]])
def test_empty_api_key_is_none(keys):
    """An empty header is absent; beside a real one it does not count."""
    identity = authenticate(request_with(FORGE.token(), *keys))
    assert identity.api_key == (KEY if b"vk_live_1" in keys else None)
    with pytest.raises(Unauthorized, match="cookie: none" if identity.api_key is None else "without a session"):
        authenticate(request_with(None, *keys))


def test_cross_site_request_without_our_cookie_is_no_sign_in_that_is_missing():
    """A SameSite=Lax cookie cannot come from another site: 403. From a sibling, or with a bad cookie, it is a 401."""

    def request(site, token=None, *keys):
        return request_for(
            "POST",
            "/",
            (b"sec-fetch-site", site),
            *((b"x-api-key", key) for key in keys),
            token=token,
            client="10.0.0.1",
        )

    for refused in (request(b"cross-site"), request(b"cross-site", None, b"vk_live_1")):
        with pytest.raises(Forbidden, match="SameSite"):
            authenticate(refused)
    for unauthorized in (request(b"same-site"), request(b"cross-site", "rubbish")):
        with pytest.raises(Unauthorized):
            authenticate(unauthorized)
    assert authenticate(request(b"cross-site", FORGE.token())).session.session_id == "session-1"


@pytest.mark.parametrize("network", ["10.0.0.0/8", "::ffff:10.0.0.0/104", "::ffff:a00:1/128", "10.0.0.1/32"])
@pytest.mark.parametrize("caller", ["10.0.0.1", "::ffff:10.0.0.1"])
def test_ipv4_in_its_ipv6_form_is_the_same_address(network, caller):
    """Networks and callers may both be written either way (RFC 4291 section 2.5.5.2)."""
    key = replace(KEY, networks=(api_keys.network(network),))
    assert api_keys.check(key, "org-1", caller, NOW) is key
    for other in ("11.0.0.1", "::ffff:11.0.0.1", "2001:db8::1", "not an address"):
        with pytest.raises(Unauthorized):
            api_keys.check(key, "org-1", other, NOW)
    assert str(api_keys.network("::/0")) == "::/0"
    assert str(api_keys.network("2001:db8::1/128")) == "2001:db8::1/128"
