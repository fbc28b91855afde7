"""The last value that is good, and the first that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from security import claims, tokens
from security.algorithms import InvalidKey
from security.claims import Policy
from security.compact import MAX_TOKEN_BYTES
from security.errors import Unauthorized, Unavailable
from security.keys import load_key_set
from security.random_ids import RandomIds
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge, good_claims

NEW_ID = RandomIds()

FORGE = Forge()
KEYS = load_key_set(FORGE.jwks())
POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
ANY_AGE = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2**60)


def is_good(now: float = NOW, policy: Policy = POLICY, **changed: object) -> bool:
    """Whether these claims are those of a good session."""
    try:
        claims.check({**good_claims(), **changed}, policy, now)
    except (Unauthorized, Unavailable):
        return False
    return True


@pytest.mark.parametrize(
    ("changed", "now", "good"),
    [
        ({"exp": 2**53}, NOW, True),
        ({"exp": 2**53 + 1}, NOW, False),
        ({"exp": 2.0**53}, NOW, True),
        ({"exp": float(2**53 + 2)}, NOW, False),
        ({"exp": NOW + 0.9}, NOW + 29.999, True),
        ({"exp": NOW + 0.9}, NOW + 30, False),
        ({"nbf": 0}, NOW, True),
        ({"nbf": 0.0}, NOW, True),
        ({"nbf": -1}, NOW, False),
        ({"iat": 0, "auth_time": 0}, NOW, True),
        ({"exp": NOW}, NOW + 29.999, True),
        ({"exp": NOW}, NOW + 30, False),
        ({"iat": NOW + 30}, NOW, True),
        ({"iat": NOW + 30}, NOW - 0.001, False),
        ({"nbf": NOW + 30}, NOW, True),
        ({"nbf": NOW + 30}, NOW - 0.001, False),
        ({"auth_time": NOW - 60}, NOW, True),
        ({"auth_time": NOW - 59}, NOW, False),
        ({"sub": "x" * 255}, NOW, True),
        ({"sub": "x" * 256}, NOW, False),
        ({"sub": "x"}, NOW, True),
    ],
)
def test_claim_at_its_bound(changed, now, good):
    """Each claim is good up to its bound, to the fraction of a second, and not beyond it."""
    assert is_good(now, ANY_AGE, **changed) is good


def test_session_at_its_maximum_age():
    """A session is extended until its maximum age has passed, to the fraction of a second."""
    signed_in = NOW - POLICY.max_session_age
    assert is_good(auth_time=signed_in)
    assert not is_good(NOW + 0.001, auth_time=signed_in)


IDLE = replace(POLICY, idle_timeout=600)


@pytest.mark.parametrize(
    ("policy", "claims", "seconds"),
    [
        (IDLE, {}, 600),
        (IDLE, {"session_idle": 60}, 60),
        (IDLE, {"session_idle": 3600}, 600),
        (POLICY, {"session_idle": 60}, 60),
        (POLICY, {"session_idle": 2**53}, None),
        (POLICY, {}, None),
        (IDLE, {"iat": NOW + 30}, 630),
        (IDLE, {"iat": NOW - 0.5}, 599.5),
    ],
)
def test_session_at_its_idle_timeout(policy, claims, seconds):
    """A session is extended until its token is as old as the shorter of both times, to the fraction of a second."""
    known = {"exp": NOW + 28740, "iat": NOW, **claims}
    assert is_good(NOW + (seconds or 28000), policy, **known)
    if seconds is not None:
        assert not is_good(NOW + seconds + 0.001, policy, **known)


@pytest.mark.parametrize(("own", "seconds"), [(60, 60), (2592001, 2592000), (2**53, 2592000)])
def test_session_at_its_own_maximum_age(own, seconds):
    """A token's own maximum age counts where it is the shorter one, and the end that is told is that one's."""
    signed_in = NOW - seconds
    claims = {**good_claims(), "auth_time": signed_in, "session_max_age": own}
    assert is_good(auth_time=signed_in, session_max_age=own)
    assert not is_good(NOW + 0.001, auth_time=signed_in, session_max_age=own)
    session = tokens.Session("user-1", "org-1", "session-1", signed_in, claims)
    assert tokens.ends(session, POLICY, NOW) == NOW


def issued(size: int) -> bytes:
    """The successor of a session with a foreign claim of that many characters."""
    session = tokens.Session("user-1", "org-1", "session-1", NOW - 3600, {**good_claims(), "x": "x" * size})
    return tokens.issue(session, KEYS, NOW, NEW_ID())


def test_longest_successor():
    """A fresh token may be as long as one that is read, to the byte, and one byte more is refused."""
    size = 2600
    while len(issued(size)) < MAX_TOKEN_BYTES:
        size += 1
    assert len(issued(size)) == MAX_TOKEN_BYTES
    assert tokens.read(issued(size), KEYS, POLICY, NOW).claims["x"] == "x" * size
    with pytest.raises(Unavailable, match="successor"):
        issued(size + 1)


@pytest.mark.parametrize("kid", [None, "", 0, False, "another"])
def test_only_key_is_not_meant_by_a_kid_that_names_none(kid):
    """With one key a token may leave `kid` out; a `kid` that is there must name it, and null does not."""
    only = load_key_set({"keys": [FORGE.keys["ed"]]})
    assert tokens.read(FORGE.token(without_header=("kid",)).encode(), only, POLICY, NOW).subject == "user-1"
    with pytest.raises(Unauthorized, match="header kid"):
        tokens.read(FORGE.token(header={"kid": kid}).encode(), only, POLICY, NOW)


def test_jti_is_not_to_be_guessed():
    """A fresh token's id has at least 128 random bits."""
    jti = tokens.read(issued(1), KEYS, POLICY, NOW).claims["jti"]
    assert len(jti) * 6 >= 128


@pytest.mark.parametrize(("kid", "good"), [("k", True), ("k" * 64, True), ("k" * 65, False), ("", False), (" ~", True)])
def test_kid_at_its_bound(kid, good):
    """A key's id has 1 to 64 printable ASCII characters."""
    jwks = {"keys": [FORGE.keys["ed"] | {"kid": kid}]}
    if good:
        assert load_key_set(jwks).signing.kid == kid
        return
    with pytest.raises(InvalidKey, match="1 to 64"):
        load_key_set(jwks)
