"""/.well-known/jwks.json holds the public keys, and nothing private."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from tests.support.assertions import assert_refreshed
from tests.support.tokens import Forge
from tests.support.waiting import wait_for

PRIVATE = {"d", "k", "p", "q", "dp", "dq", "qi", "oth"}


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256", "HS256"])
def test_jwks_has_public_members_only(start, alg):
    """The set holds the public half of every key, which verifies tokens.

    A shared secret has no public half and is left out.
    """
    running = start()
    kid = running.run("keys", "add", "--alg", alg).stdout.strip()
    running.run("keys", "promote", "--force", kid)
    fresh = wait_for(
        lambda: (
            (token := assert_refreshed(running.refresh(running.sign())))
            and jwt.get_unverified_header(token)["kid"] == kid
            and token
        ),
        "the key to sign",
    )
    reply = running.get("/.well-known/jwks.json")
    assert reply.header("cache-control") == "public, max-age=300"
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


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
def test_ed25519_has_two_names(start, tmp_path, name):
    """A key of either name (RFC 9864) verifies tokens of either, also those from before it was renamed; it signs its own."""
    folder = tmp_path / "named"
    (folder / "state").mkdir(mode=0o700, parents=True)
    forge = Forge(int(time.time()))
    key_file = folder / "state" / "keys.json"
    key_file.touch(0o600)
    key_file.write_text(json.dumps({"keys": [forge.keys["ed"] | {"alg": name}]}))
    running = start(folder=folder)
    for written in ("EdDSA", "Ed25519"):
        fresh = assert_refreshed(running.refresh(forge.token(header={"alg": written})))
        assert jwt.get_unverified_header(fresh)["alg"] == name
        assert_refreshed(running.refresh(fresh))
    assert jwt.get_unverified_header(running.login())["alg"] == name
    assert [key["alg"] for key in running.get("/.well-known/jwks.json").json()["keys"]] == [name]
    assert name in running.cli("keys", "list").stdout
    renamed = {"EdDSA": "Ed25519", "Ed25519": "EdDSA"}[name]
    key_file.write_text(json.dumps({"keys": [forge.keys["ed"] | {"alg": renamed}]}))

    def signed_by_its_new_name():
        token = assert_refreshed(running.refresh(fresh))
        return jwt.get_unverified_header(token)["alg"] == renamed

    wait_for(signed_by_its_new_name, "the key to be renamed, and no token to be refused")
