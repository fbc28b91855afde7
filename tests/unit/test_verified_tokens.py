"""Remembering which tokens are authentic changes no judgment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from security import tokens
from security.claims import Policy
from security.errors import Problem, Unauthorized, Unavailable
from security.keys import load_key_set
from security.verified_tokens import MAX_TOKENS, VerifiedTokens
from tests.support.attacks import ACCEPTED, ATTACKS, FROM_THE_FUTURE
from tests.support.tokens import AUDIENCE, ISSUER, NOW

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)


def judgment(read, token, keys, now=NOW):
    """What `read` says of a token: its session, or the kind of the refusal and its reason."""
    try:
        return read(token, keys, POLICY, now)
    except Problem as problem:
        return type(problem), problem.reason


@pytest.mark.parametrize("name", [*ATTACKS, *ACCEPTED, *FROM_THE_FUTURE])
def test_every_token_is_judged_as_without_a_memory(name, forge, keys):
    """At first sight and at each later one, at any time, whatever was read before."""
    row = (ATTACKS | ACCEPTED | FROM_THE_FUTURE)[name](forge)
    token = row if isinstance(row, bytes) else row.encode("utf-8", "surrogatepass")
    verified = VerifiedTokens()
    verified.read(forge.token().encode(), keys, POLICY, NOW)
    for now in (NOW, NOW, NOW + 86_400, NOW - 86_400, NOW):
        assert judgment(verified.read, token, keys, now) == judgment(tokens.read, token, keys, now)


def test_signature_is_verified_once(forge, keys):
    """That is what it is for. What depends on time is judged each time."""
    verifications = []

    def verify(message, signature):
        verifications.append(message)
        return keys.keys["ed"].verify(message, signature)

    counted = replace(keys, keys={**keys.keys, "ed": replace(keys.keys["ed"], verify=verify)})
    verified = VerifiedTokens()
    token = forge.token().encode()
    for _ in range(3):
        assert verified.read(token, counted, POLICY, NOW).session_id == "session-1"
    with pytest.raises(Unauthorized, match="expired"):
        verified.read(token, counted, POLICY, NOW + 86_400)
    assert len(verifications) == 1


def test_refused_token_is_not_remembered(forge, keys):
    """Whoever sends forged tokens fills nothing, and a key that could not be read is looked for again."""
    verified = VerifiedTokens()
    token = forge.token(key=forge.foreign).encode()
    with pytest.raises(Unavailable):
        verified.read(token, replace(keys, incomplete=True), POLICY, NOW)
    with pytest.raises(Unauthorized):
        verified.read(token, keys, POLICY, NOW)
    more = load_key_set({"keys": [*forge.jwks()["keys"], forge.foreign]})
    assert verified.read(token, more, POLICY, NOW).subject == "user-1"


def test_key_that_is_gone_verifies_nothing(forge, keys):
    """A change of the key set forgets everything."""
    verified = VerifiedTokens()
    token = forge.token(kid="es").encode()
    assert verified.read(token, keys, POLICY, NOW).subject == "user-1"
    fewer = load_key_set({"keys": [forge.keys["ed"], forge.keys["rs"]]})
    with pytest.raises(Unauthorized, match="no such key"):
        verified.read(token, fewer, POLICY, NOW)


def test_memory_has_a_bound(forge, keys):
    """However many good tokens come, so many are remembered and no more: the newest."""
    verified = VerifiedTokens()
    for number in range(MAX_TOKENS + 10):
        verified.read(forge.token(claims={"jti": str(number)}, kid="hs").encode(), keys, POLICY, NOW)
    assert verified._authentic.cache_info().currsize == MAX_TOKENS  # type: ignore[attr-defined]
