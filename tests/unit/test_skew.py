"""Clocks that differ: of the login service, and of the machines of this one."""

import pytest

from security import tokens
from security.claims import Policy
from security.keys import load_key_set
from security.random_ids import RandomIds
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge

NEW_ID = RandomIds()

FORGE = Forge()
KEYS = load_key_set(FORGE.jwks())
POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
SIGNED_IN = NOW + 20  # by the clock of the login service, which is ahead of ours


@pytest.mark.parametrize("auth_time", [{"auth_time": SIGNED_IN}, {}], ids=["with auth_time", "without auth_time"])
def test_sign_in_by_a_clock_ahead_is_refreshed_for_good(auth_time):
    """A sign-in whose clock is ahead within the leeway is refreshed, and its fresh token is refreshed again."""
    claims = {"iat": SIGNED_IN, **auth_time}
    token = FORGE.token(claims=claims, without=() if auth_time else ("auth_time",))
    fresh = tokens.issue(tokens.read(token.encode(), KEYS, POLICY, NOW), KEYS, NOW, NEW_ID())
    session = tokens.read(fresh, KEYS, POLICY, NOW + 1)
    assert (session.claims["iat"], session.auth_time) == (NOW, NOW)
    again = tokens.read(tokens.issue(session, KEYS, NOW + 60, NEW_ID()), KEYS, POLICY, NOW + 61)
    assert (again.claims["iat"], again.auth_time) == (NOW + 60, NOW)
