"""Key sets that an operator may have got wrong: refused in words that hold nothing secret, and by InvalidKey alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.algorithms import InvalidKey
from security.keys import load_key_set
from tests.support.tokens import private_jwk, public_jwk

PRIVATE = {alg: private_jwk(alg, alg) for alg in ("EdDSA", "ES256", "RS256", "HS256")}
OTHER = {alg: private_jwk(alg, "other") for alg in ("EdDSA", "ES256", "RS256")}
SECRETS = ("d", "p", "q", "dp", "dq", "qi", "k")


def chain(error: BaseException | None) -> str:
    """All that a traceback would say of the error and its causes."""
    return "" if error is None else f"{error!r} {error} {chain(error.__cause__)}"


def swapped(alg: str, *names: str) -> dict[str, object]:
    """A key with members of another one."""
    return PRIVATE[alg] | {name: OTHER[alg][name] for name in names}


def left_out(alg: str, *names: str) -> dict[str, object]:
    """A key without some members."""
    return {name: value for name, value in PRIVATE[alg].items() if name not in names}


MISMATCHED = {
    "Ed25519, another d": swapped("EdDSA", "d"),
    "P-256, another d": swapped("ES256", "d"),
    "P-256, another point": swapped("ES256", "x", "y"),
    "P-256, x and y exchanged": PRIVATE["ES256"] | {"x": PRIVATE["ES256"]["y"], "y": PRIVATE["ES256"]["x"]},
    "RSA, another modulus": swapped("RS256", "n"),
    "RSA, another d": swapped("RS256", "d"),
    "RSA, another d, without its primes": left_out("RS256", "p", "q", "dp", "dq", "qi") | {"d": OTHER["RS256"]["d"]},
    "RSA, other primes": swapped("RS256", "p", "q"),
    "RSA, another coefficient": swapped("RS256", "qi"),
    "RSA, a prime missing": left_out("RS256", "q"),
    "RSA, exponent 1": public_jwk(PRIVATE["RS256"]) | {"e": "AQ"},
    "RSA, an even exponent": public_jwk(PRIVATE["RS256"]) | {"e": "AQAA"},
    "RSA, n missing": left_out("RS256", "n"),
    "an EC key as RS256": PRIVATE["ES256"] | {"alg": "RS256"},
    "an RSA key as ES256": PRIVATE["RS256"] | {"alg": "ES256"},
    "an RSA key as HS256": PRIVATE["RS256"] | {"alg": "HS256"},
    "an Ed25519 key as ES256": PRIVATE["EdDSA"] | {"alg": "ES256"},
    "a secret as EdDSA": PRIVATE["HS256"] | {"alg": "EdDSA"},
    "a secret that names itself RSA": PRIVATE["HS256"] | {"kty": "RSA", "alg": "RS256"},
}


@pytest.mark.parametrize("name", MISMATCHED)
def test_mismatched_key_is_refused(name):
    """Members of two keys are no key; neither message nor cause holds a private member."""
    jwk = MISMATCHED[name]
    with pytest.raises(InvalidKey, match=f"key {jwk['kid']}: ") as refusal:
        load_key_set({"keys": [PRIVATE["EdDSA"] | {"kid": "signs"}, jwk]})
    said = chain(refusal.value)
    assert [member for member in SECRETS if isinstance(jwk.get(member), str) and jwk[member] in said] == []


ODD: Any = st.sampled_from(
    [None, True, 0, 1.5, "", "AA", "A", "=", "é", "\ud800", "sig", "P-256", "Ed25519", [], {}, [{}]]
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PRIVATE)), st.data())
def test_any_change_is_a_key_or_refused(alg, data):
    """A key with members changed, taken away or added is refused by InvalidKey, or it signs what it verifies."""
    jwk = dict(PRIVATE[alg])
    for name in data.draw(st.lists(st.sampled_from([*jwk, "d", "k", "oth", "key_ops"]), min_size=1, max_size=2)):
        if data.draw(st.booleans()):
            jwk.pop(name, None)
        else:
            jwk[name] = data.draw(ODD)
    said = ""
    try:
        keys = load_key_set({"keys": [jwk]})
    except InvalidKey as refusal:
        said = chain(refusal)
    else:
        assert keys.signing.verify(b"message", keys.sign(b"message"))
    assert [member for member in SECRETS if len(str(jwk.get(member))) > 20 and str(jwk[member]) in said] == []
