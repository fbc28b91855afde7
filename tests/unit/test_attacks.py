"""Every attack of the list is refused, and every good token let in."""

from __future__ import annotations

import pytest

from security import tokens
from security.claims import Policy
from security.errors import Unauthorized, Unavailable
from security.random_ids import RandomIds
from tests.support.attacks import ACCEPTED, ATTACKS, FROM_THE_FUTURE, LONGEST
from tests.support.tokens import AUDIENCE, ISSUER, NOW

NEW_ID = RandomIds()

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)


def as_bytes(token):
    return token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")


def test_the_list_is_long():
    """The attack list has at least 120 rows."""
    assert len(ATTACKS) >= 120


# By the first words of a row's name: why it is refused. A row refused for another reason tests something else.
REASONS = {
    "algorithm: alg": r"header alg: |token: not three",  # unsigned, it has no third part
    "algorithm: HMAC": r"header alg: |signature: |header kid: no such key",
    "key:": r"header kid: |signature: |header alg: ",
    "header: typ": r"header typ: ",
    "header: header empty object": r"header kid: ",
    "header: header": r"token: .* header not JSON",
    "header:": r"header: member that is not allowed",
    "claim: expired": r"claim exp: ",
    "structure: payload empty object": r"claim iss: ",
    "structure: payload empty": r"token: not three",
    "structure: payload twin": r"token: .*canonical",
    "structure: payload": r"claims: not a JSON object",
    "structure: parts in another order": r"header kid: ",
    "structure:": r"token: ",
    "signature:": r"signature: ",
    "claim: a ": r"claims: not a JSON object",
    **{
        f"claim: {name}": rf"claim {name}: |claims: not a JSON object"
        for name in (
            "iss",
            "sub",
            "org",
            "aud",
            "exp",
            "nbf",
            "jti",
            "idp_iss",
            "idp_sid",
            "session_idle",
            "session_max_age",
            "sid",
        )
    },
    "claim: signed in longer ago": r"session: older than its maximum age",
    "claim: idle": r"session: idle for too long",
    "claim: ": r"claim (iat|auth_time): |claims: not a JSON object|session: older",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused(name, forge, keys):
    """Each attack is refused with 401, for the reason that it is about."""
    reason = next(reason for words, reason in REASONS.items() if name.startswith(words))
    with pytest.raises(Unauthorized, match=rf"\A({reason})"):
        tokens.read(as_bytes(ATTACKS[name](forge)), keys, POLICY, NOW)


@pytest.mark.parametrize("name", FROM_THE_FUTURE)
def test_token_from_the_future_is_an_outage(name, forge, keys):
    """A clock is wrong, and to sign in again would not help: 503. With a bad signature it is a 401, as any other."""
    token = as_bytes(FROM_THE_FUTURE[name](forge))
    with pytest.raises(Unavailable, match="from the future"):
        tokens.read(token, keys, POLICY, NOW)
    with pytest.raises(Unauthorized, match="signature"):
        tokens.read(token[:-4] + (b"AAAA" if token[-4:] != b"AAAA" else b"BBBA"), keys, POLICY, NOW)


@pytest.mark.parametrize("name", ACCEPTED)
def test_good_token_is_let_in(name, forge, keys):
    """Each good token is let in, and its successor carries over all that the service does not set."""
    session = tokens.read(as_bytes(ACCEPTED[name](forge)), keys, POLICY, NOW)
    if name == LONGEST:
        return
    fresh = tokens.read(tokens.issue(session, keys, NOW, NEW_ID()), keys, POLICY, NOW)
    own = {"iat", "exp", "jti", "auth_time"}
    assert {k: v for k, v in fresh.claims.items() if k not in own} == {
        k: v for k, v in session.claims.items() if k not in own
    }
    assert fresh.auth_time == session.auth_time
