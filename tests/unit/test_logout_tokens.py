"""Logout tokens that are taken, and what each ends."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from security import logout_tokens
from security.claims import Policy
from security.errors import Unavailable
from security.issuers import NOBODY, load_issuers
from security.statement_errors import AuthenticationFailed, InvalidStatement
from security.statements import Ended, Statement
from tests.support.providers import IDP, LOGOUT, OTHER_IDP, SECOND_CLIENT, SESSION_REVOKED, Keys, logouts
from tests.support.statement_attacks.rows import Row, signed_with
from tests.support.tokens import AUDIENCE, ISSUER, NOW, public_jwk

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
KEYS = Keys()
ISSUERS = load_issuers(KEYS.issuers(), POLICY)
PROVIDER = logouts(KEYS)


def read(token, issuers=ISSUERS, now=NOW):
    return logout_tokens.read(token.encode(), issuers, POLICY.leeway, now)


def test_session_ends_alone_if_sid_names_it():
    """`sid` ends that session of its issuer, whether `sub` stands beside it or not. No organisation is asked for."""
    ended = (Ended(session="idp-1"),)
    assert read(PROVIDER.token()).ends == ended
    assert read(PROVIDER.token(without=("sub",))).ends == ended
    assert read(PROVIDER.token(key=KEYS.other, claims={"iss": OTHER_IDP})).ends == ended


def test_user_ends_in_the_organisation_of_the_entry():
    """`sub` alone ends all of the user's sessions, in the organisation that the entry of that audience names."""
    assert read(PROVIDER.token(without=("sid",))).ends == (Ended(subject="user-1", organisation="org-1"),)
    second = PROVIDER.token(claims={"aud": ["x", SECOND_CLIENT]}, without=("sid",))
    assert read(second).ends == (Ended(subject="user-1", organisation="org-2"),)


def test_user_ends_in_the_organisation_that_the_claim_names():
    """An entry with organisation_claim reads it in the statement."""
    token = PROVIDER.token(key=KEYS.other, claims={"iss": OTHER_IDP, "org_id": "org-7"}, without=("sid",))
    assert read(token).ends == (Ended(subject="user-1", organisation="org-7"),)


ACCEPTED: dict[str, Row] = {
    "as it is": lambda p: p.token(),
    **{f"signed with {kid}": signed_with(kid) for kid in ("rs", "es", "ed")},
    "alg Ed25519, the new name": lambda p: p.token(kid="ed", header={"alg": "Ed25519"}),
    "typ JWT, as Keycloak before version 25": lambda p: p.token(header={"typ": "JWT"}),
    "typ with application/": lambda p: p.token(header={"typ": "application/logout+jwt"}),
    "no typ": lambda p: p.token(without_header=("typ",)),
    "a header that is not known": lambda p: p.token(header={"cty": "x", "x5t": "y"}),
    "aud a list": lambda p: p.token(claims={"aud": ["dashboard", "x"]}),
    "an event with members": lambda p: p.token(claims={"events": {LOGOUT: {"x": 1}}}),
    "another event beside it": lambda p: p.token(claims={"events": {LOGOUT: {}, SESSION_REVOKED: {}}}),
    "iat 5 minutes and the leeway ago": lambda p: p.token(claims={"iat": p.now - 330}),
    "iat 5 minutes and the leeway ahead": lambda p: p.token(claims={"iat": p.now + 330}),
    "iat a fraction": lambda p: p.token(claims={"iat": p.now - 0.5}),
    "exp at the end of the leeway": lambda p: p.token(claims={"exp": p.now - 29}),
    "no exp, as in drafts": lambda p: p.token(without=("exp",)),
    "exp far away": lambda p: p.token(claims={"exp": p.now + 10**6}),
    "nbf at the end of the leeway": lambda p: p.token(claims={"nbf": p.now + 30}),
    "255 characters": lambda p: p.token(claims={"sid": "é" * 255, "jti": "x" * 255}),
    "claims that are not known": lambda p: p.token(claims={"trace_id": "t", "urn:x": [{"y": None}]}),
    "9 KiB": lambda p: p.token(claims={"x": "x" * 9000}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_good_logout_token_is_taken(name):
    """However odd, so that nobody passes the attacks by refusing everything."""
    assert len(read(ACCEPTED[name](PROVIDER)).ends) == 1


# As the providers send them: header and claims, by their documentation.
SENT: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "Keycloak": (
        {"alg": "RS256", "typ": "logout+jwt", "kid": "rs"},
        {"iat": NOW, "exp": NOW + 300, "jti": "0e5b7f1a-4b1d-4e0c-9f3e-2b4a7c9d8e10", "iss": IDP, "aud": "dashboard",
         "sub": "f:1b4:anna", "typ": "Logout", "sid": "4d2c…", "events": {LOGOUT: {}}},
    ),
    "Keycloak, revoking offline sessions": (
        {"alg": "RS256", "typ": "JWT", "kid": "rs"},
        {"iat": NOW, "exp": NOW + 300, "jti": "0e5b", "iss": IDP, "aud": "dashboard", "sub": "f:1b4:anna",
         "typ": "Logout", "sid": "4d2c", "events": {LOGOUT: {}, "revoke_offline_access": True}},
    ),
    "Auth0": (
        {"alg": "RS256", "typ": "logout+jwt", "kid": "rs"},
        {"iss": IDP, "sub": "auth0|602e93db13da16006a55b50b", "aud": "dashboard", "iat": NOW,
         "jti": "44847d97", "events": {LOGOUT: {}}, "trace_id": "81b336ed8b09d0a2", "sid": "375UKzG2EkF4jXOQ"},
    ),
    "oidc-provider": (
        {"alg": "RS256", "typ": "logout+jwt", "kid": "rs"},
        {"sub": "anna", "events": {LOGOUT: {}}, "jti": "NZ6", "sid": "J3oW", "aud": "dashboard", "exp": NOW + 120,
         "iat": NOW, "iss": IDP},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SENT)
def test_logout_token_of_a_real_provider_is_taken(name):
    """The shapes that providers send end the session that they name."""
    header, claims = SENT[name]
    token = PROVIDER.sign(json.dumps(header), json.dumps(claims), KEYS.own["rs"])
    assert read(token).ends == (Ended(session=claims["sid"]),)


def test_statement_tells_until_when_it_must_be_remembered():
    """Five minutes longer than its `iat` is near enough for it to be taken again."""
    statement = read(PROVIDER.token())
    assert statement == Statement(IDP, "logout-1", NOW + 630, (LOGOUT,), (Ended(session="idp-1"),))
    token = PROVIDER.token(claims={"exp": NOW + 10**6})
    assert read(token, now=statement.until - 300)
    with pytest.raises(InvalidStatement, match="iat"):
        read(token, now=statement.until - 299)


def test_kid_may_be_missing_with_one_key():
    """As for session tokens: without kid, it is the only key."""
    assert read(PROVIDER.token(key=KEYS.other, claims={"iss": OTHER_IDP}, without_header=("kid",))).ends


@pytest.mark.parametrize("claims", [{"iss": "https://new.example"}, {"aud": "new"}], ids=["issuer", "audience"])
def test_unknown_issuer_is_an_outage_while_there_may_be_more(claims):
    """While the issuers file cannot be read, it may be in it: 503, so that the provider sends again.

    So for a key, also for a new one under the name of one that is known.
    """
    incomplete = replace(ISSUERS, incomplete=True)
    renamed = PROVIDER.token(key={**KEYS.foreign, "kid": "es"})
    for token in (PROVIDER.token(claims=claims), PROVIDER.token(key=KEYS.foreign), renamed):
        with pytest.raises(AuthenticationFailed):
            read(token)
        with pytest.raises(Unavailable, match="issuers file"):
            read(token, incomplete)
    assert read(PROVIDER.token(), incomplete).ends


def test_nobody_is_trusted_without_a_file():
    """No entry, no statement."""
    with pytest.raises(AuthenticationFailed):
        read(PROVIDER.token(), NOBODY)


def test_two_entries_of_one_issuer_may_have_different_keys():
    """A statement counts for the audience whose keys signed it, and no other."""
    entries = KEYS.issuers()[:2]
    entries[1] = {**entries[1], "jwks": {"keys": [public_jwk(KEYS.other)]}}
    issuers = load_issuers(entries, POLICY)
    assert read(PROVIDER.token(key=KEYS.other, claims={"aud": SECOND_CLIENT}), issuers).ends
    for token in (PROVIDER.token(key=KEYS.other), PROVIDER.token(claims={"aud": SECOND_CLIENT})):
        with pytest.raises(AuthenticationFailed):
            read(token, issuers)
