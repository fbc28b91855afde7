"""Whatever statement is taken here, PyJWT takes too, with the same key and for the same audience."""

from __future__ import annotations

import json
import time

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security import logout_tokens, security_events
from security.claims import Policy
from security.errors import Unavailable
from security.issuers import load_issuers
from security.statement_errors import StatementRefused
from tests.support.changed_tokens import changed
from tests.support.providers import CLIENT, IDP, OTHER_IDP, SECOND_CLIENT, Keys, events, logouts
from tests.support.statement_attacks import EVENT_ATTACKS, LOGOUT_ATTACKS
from tests.support.tokens import AUDIENCE, ISSUER, public_jwk

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
KEYS = Keys()
ISSUERS = load_issuers(KEYS.issuers(), POLICY)
PUBLIC = {key["kid"]: jwt.PyJWK(public_jwk(key)) for key in (*KEYS.own.values(), KEYS.other)}
ENDPOINTS = {
    "logout": (logouts, logout_tokens.read, LOGOUT_ATTACKS),
    "event": (events, security_events.read, EVENT_ATTACKS),
}
# PyJWT knows no limit for `iat` but now and the leeway; ours are five minutes. The clock goes on between the readings.
LEEWAY = 330 + 20


def taken(token: bytes, read, now: float) -> bool:
    """Whether the statement is taken at `now`; if it is, PyJWT has just read its issuer, jti and events in it."""
    try:
        statement = read(token, ISSUERS, POLICY.leeway, now)
    except (StatementRefused, Unavailable):
        return False
    key = PUBLIC[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token, key.key, algorithms=[key.algorithm_name], audience=[CLIENT, SECOND_CLIENT], issuer=[IDP, OTHER_IDP],
        leeway=LEEWAY, options={"require": ["iss", "aud", "iat", "jti"]},
    )  # fmt: skip
    assert (claims["iss"], claims["jti"]) == (statement.issuer, statement.token_id)
    assert tuple(claims["events"]) == statement.events
    return True


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_row_of_the_attack_list_is_taken_now(endpoint):
    """At the real time, too. It is read once: on a busy machine the last row may be judged minutes later."""
    make, read, rows = ENDPOINTS[endpoint]
    provider = make(KEYS, int(time.time()))
    for row in rows.values():
        token = row(provider)
        assert not taken(
            token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass"), read, provider.now
        )
    assert taken(provider.token().encode(), read, provider.now)


ODD = ["", "x", None, True, False, 0, -1, 1.0, 2**63, [], {}, [None], ["x", 1], "a\0b", {"a": [{"b": 1}]}]
SHIFTS = st.sampled_from([-3600, -400, -320, -20, 0, 20, 320, 400, 3600])


@st.composite
def drafts(draw, provider):
    """Header and claims, most of them good."""
    kid = draw(st.sampled_from(["es", "ed"]))
    header = {"alg": provider.keys[kid]["alg"], "kid": kid}
    for name, good in (("typ", ["JWT", provider.typ, "vk-session+jwt"]), ("alg", ["ES256", "EdDSA"]), ("crit", [[]])):
        if draw(st.integers(0, 5)) == 0:
            header[name] = draw(st.sampled_from([*good * 4, *ODD]))
    claims = provider.base(provider.now)
    for name in draw(st.lists(st.sampled_from(["iat", "exp", "nbf"]), max_size=2)):
        claims[name] = provider.now + draw(SHIFTS)
    for name in draw(st.lists(st.sampled_from([*claims, "nonce", "nbf", "x"]), max_size=1)):
        claims[name] = draw(st.sampled_from([claims.get(name), *ODD]))
    return header, claims, provider.keys[kid]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_signed_drafts_of_statements_agree(endpoint):
    """Well-signed statements of any header and claims: what is taken is taken by PyJWT, and read alike."""
    make, read, _ = ENDPOINTS[endpoint]
    provider = make(KEYS, int(time.time()))
    seen = {True: 0, False: 0}

    @settings(max_examples=300, deadline=None)
    @given(drafts(provider))
    def compare(draft):
        header, claims, key = draft
        seen[taken(provider.sign(json.dumps(header), json.dumps(claims), key).encode(), read, time.time())] += 1

    compare()
    assert min(seen.values()) >= 30


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_changed_statements_agree(endpoint):
    """Good statements, a few bytes changed: what is taken is taken by PyJWT, and read alike."""
    make, read, _ = ENDPOINTS[endpoint]
    good = [make(KEYS, int(time.time())).token(kid=kid).encode() for kid in ("es", "ed", "rs")]
    seen = {True: 0, False: 0}

    @settings(max_examples=300, deadline=None)
    @given(changed(good))
    def compare(token):
        seen[taken(token, read, time.time())] += 1

    compare()
    assert min(seen.values()) >= 1
