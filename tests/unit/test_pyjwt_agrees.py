"""Whatever is let in here, PyJWT lets in too: strictness of our own never turns into leniency."""

from __future__ import annotations

import json
import time

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security import tokens
from security.claims import Policy
from security.errors import Unauthorized, Unavailable
from security.keys import load_key_set
from tests.support.attacks import ACCEPTED, ATTACKS
from tests.support.changed_tokens import changed
from tests.support.tokens import AUDIENCE, ISSUER, Forge, good_claims, public_jwk

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
FORGE = Forge()
KEYS = load_key_set(FORGE.jwks())
PRIVATE = {**FORGE.keys, "elsewhere": FORGE.elsewhere}
PUBLIC = {kid: jwt.PyJWK(jwk if kid == "hs" else public_jwk(jwk)) for kid, jwk in PRIVATE.items()}
LEEWAY = 30 + 20  # the clock goes on between the two readings, on a busy machine for seconds


def let_in(token: bytes) -> bool:
    """Whether the token is let in now; if it is, PyJWT has just read the same claims from it with the same key."""
    try:
        session = tokens.read(token, KEYS, POLICY, time.time())
    except (Unauthorized, Unavailable):
        return False
    if jwt.get_unverified_header(token)["alg"] == "Ed25519":
        return True  # PyJWT does not know the name; its twin with the other one is in the table, too
    key = PUBLIC[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token, key.key, algorithms=[key.algorithm_name], audience=AUDIENCE, issuer=ISSUER, leeway=LEEWAY,
        options={"require": ["iss", "sub", "aud", "iat", "exp"]},
    )  # fmt: skip
    assert claims == session.claims
    return True


@pytest.fixture(autouse=True)
def _clock():
    FORGE.now = int(time.time())


def as_bytes(token: str | bytes) -> bytes:
    """The token as it would stand in a cookie."""
    return token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")


def test_what_is_let_in_is_let_in_by_pyjwt():
    """Both tables, all rows: what is let in is let in by PyJWT, and read alike."""
    taken = {name for name, row in {**ATTACKS, **ACCEPTED}.items() if let_in(as_bytes(row(FORGE)))}
    assert len(taken & ACCEPTED.keys()) >= len(ACCEPTED) - 4  # rows right for one second only may have gone by


def odd(*good: object) -> st.SearchStrategy[object]:
    """Mostly a good value, else one that a parser may take for one."""
    strange = ["", "x", None, True, False, 0, -1, 1.0, 2**63, [], {}, [None], ["x", 1], "a\0b", {"a": [{"b": 1}]}]
    return st.sampled_from([*good * 8, *strange])


HEADERS = st.fixed_dictionaries(
    {"alg": odd("EdDSA", "ES256", "HS256"), "kid": odd("ed", "es", "hs", "elsewhere")},
    optional={
        "typ": odd("JWT", "vk-session+jwt"), "cty": odd("x"), "x5t": odd("x"),
        "crit": odd([], ["exp"]), "b64": odd(True, False),
    },
)  # fmt: skip
SHIFTS = st.sampled_from([-2592100, -3600, -100, -60, -20, 0, 10, 20, 100, 3600])
FOREIGN = st.dictionaries(
    st.text(max_size=4),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6), st.lists, max_leaves=4),
    max_size=3,
)


@st.composite
def drafts(draw):
    """Header and claims, most of them good."""
    kid = draw(st.sampled_from(["ed", "es", "hs", "elsewhere"]))
    header = {"alg": PRIVATE[kid]["alg"], "kid": kid}
    if draw(st.integers(0, 3)) == 0:
        header |= draw(HEADERS)
    claims = good_claims(FORGE.now) | draw(FOREIGN)
    for name in draw(st.lists(st.sampled_from(["iat", "exp", "nbf", "auth_time"]), max_size=2)):
        claims[name] = FORGE.now + draw(SHIFTS)
    for name in draw(st.lists(st.sampled_from([*claims, "nbf"]), max_size=1)):
        claims[name] = draw(odd(claims.get(name), [AUDIENCE], [AUDIENCE, "x"]))
    return kid, header, claims


def test_signed_drafts_agree():
    """Well-signed tokens of any header and claims: what is let in is let in by PyJWT, and read alike."""
    seen = {True: 0, False: 0}

    @settings(max_examples=400, deadline=None)
    @given(drafts(), st.booleans())
    def compare(draft, ascii_only):
        kid, header, claims = draft
        texts = [json.dumps(part, ensure_ascii=ascii_only).encode("utf-8", "replace") for part in (header, claims)]
        seen[let_in(FORGE.sign(texts[0], texts[1], PRIVATE[kid]).encode())] += 1

    compare()
    assert min(seen.values()) >= 40


def test_changed_tokens_agree():
    """Good tokens of every key, a few bytes changed: what is let in is let in by PyJWT, and read alike."""
    good = [FORGE.token(kid=kid).encode() for kid in ("ed", "es", "rs", "hs")]
    seen = {True: 0, False: 0}

    @settings(max_examples=400, deadline=None)
    @given(changed(good))
    def compare(token):
        seen[let_in(token)] += 1

    compare()
    assert min(seen.values()) >= 1
