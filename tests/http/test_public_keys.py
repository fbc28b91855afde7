"""/.well-known/jwks.json holds the public keys, and nothing private."""

from __future__ import annotations

import json

import jwt
import pytest

from tests.support.assertions import assert_common_headers, assert_refreshed
from tests.support.waiting import wait_for

PRIVATE = {"d", "k", "p", "q", "dp", "dq", "qi", "oth"}


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256", "HS256"])
def test_jwks_has_public_members_only(start, alg):
    """The set holds the public half of every key, which verifies tokens.

    A shared secret has no public half and is left out.
    """
    running = start()
    kid = running.run("keys", "add", "--alg", alg).stdout.strip()
    running.run("keys", "promote", kid)
    fresh = wait_for(
        lambda: (
            (token := assert_refreshed(running.refresh(running.sign())))
            and jwt.get_unverified_header(token)["kid"] == kid
            and token
        ),
        "the key to sign",
    )
    reply = running.get("/.well-known/jwks.json")
    assert_common_headers(reply)
    keys = {key["kid"]: key for key in reply.json()["keys"]}
    assert len(keys) == (1 if alg == "HS256" else 2)
    assert not any(PRIVATE & key.keys() for key in keys.values())
    assert json.loads(running.run("keys", "export").stdout)["keys"] == reply.json()["keys"]
    if alg == "HS256":
        assert kid not in keys
    else:
        assert keys[kid].keys() >= {"kty", "kid", "alg", "use"}
        claims = jwt.decode(fresh, jwt.PyJWK.from_dict(keys[kid]).key, algorithms=[alg], audience="verifa-dashboard")
        assert claims["sub"] == "user-1"
