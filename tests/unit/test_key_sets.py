"""Sets of keys: members that are none of ours, the two names of one algorithm, and keys that may be missing."""

from __future__ import annotations

from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from security import tokens
from security.algorithms import ALGORITHMS, InvalidKey
from security.claims import Policy
from security.errors import Unauthorized, Unavailable
from security.generation import GENERATED
from security.keys import load_key_set
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge, b64, private_jwk

GOOD = private_jwk("EdDSA", "k")
SECRET = {"kty": "oct", "kid": "k", "alg": "HS256"}
P384 = jwt.get_algorithm_by_name("ES384").to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True)
FOREIGN = {
    "for encryption": {**GOOD, "use": "enc"},
    "for encryption, without kid": {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
    "kty unknown": {"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AA"},
    "kty unknown, nothing else": {"kty": "AKP"},
    "alg unknown": {**GOOD, "alg": "none"},
    "alg for encryption": {**SECRET, "alg": "A256GCM", "k": b64(b"x" * 32)},
    "P-384": {**P384, "kid": "k", "alg": "ES384"},
    "P-384, without alg": {**P384, "kid": "k"},
    "for wrapping keys": {**GOOD, "key_ops": ["wrapKey", "unwrapKey"]},
    "for key agreement": {"kty": "EC", "crv": "P-256", "key_ops": ["deriveBits"], "x": "AA", "y": "AA"},
    "X25519": {"kty": "OKP", "crv": "X25519", "kid": "x", "alg": "EdDSA", "x": "AA"},
    "Ed448": {**GOOD, "crv": "Ed448"},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_member_that_is_no_key_of_ours_is_passed_over(name):
    """A member that RFC 7517 section 5 lets one ignore does not count, and what was passed over is told."""
    keys = load_key_set({"keys": [FOREIGN[name], GOOD | {"kid": "good"}]})
    assert list(keys.keys) == ["good"]
    assert [reason.partition(":")[0] for reason in keys.ignored] == ["member 1"]
    assert len(keys.public_jwks()["keys"]) == 1
    with pytest.raises(InvalidKey, match=r"no private key to sign with; member 1: its "):
        load_key_set({"keys": [FOREIGN[name]]})


@pytest.mark.parametrize("key_name", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("token_name", ["EdDSA", "Ed25519"])
def test_both_names_of_ed25519_are_one_algorithm(key_name, token_name):
    """A key of either name verifies tokens of either (RFC 9864), and signs with its own."""
    forge = Forge()
    keys = load_key_set({"keys": [forge.keys["ed"] | {"alg": key_name}]})
    policy = Policy(ISSUER, AUDIENCE, 30, 2592000)
    session = tokens.read(forge.token(header={"alg": token_name}).encode(), keys, policy, NOW)
    fresh = tokens.issue(session, keys, NOW, "id")
    assert jwt.get_unverified_header(fresh)["alg"] == key_name
    assert tokens.read(fresh, keys, policy, NOW).subject == "user-1"
    assert keys.public_jwks()["keys"][0]["alg"] == key_name


@pytest.mark.parametrize("alg", GENERATED)
def test_private_key_that_does_not_verify_what_it_signs_is_refused(alg, monkeypatch):
    """One signature is made and verified when a key is loaded."""
    name, loader = ALGORITHMS[alg]

    def broken(jwk):
        return loader(jwk)._replace(verify=lambda message, signature: False)

    monkeypatch.setitem(ALGORITHMS, alg, (name, broken))
    with pytest.raises(InvalidKey, match="does not verify what it signs"):
        load_key_set({"keys": [private_jwk(alg, "k")]})


def test_unknown_kid_is_an_outage_while_there_may_be_more_keys():
    """While the key file cannot be read, a key may be in it that is not known: 503. Otherwise, and without kid, 401."""
    forge = Forge()
    keys = load_key_set(forge.jwks())
    policy = Policy(ISSUER, AUDIENCE, 30, 2592000)
    unknown = forge.token(header={"kid": "new"}).encode()
    with pytest.raises(Unauthorized):
        tokens.read(unknown, keys, policy, NOW)
    incomplete = replace(keys, incomplete=True)
    with pytest.raises(Unavailable):
        tokens.read(unknown, incomplete, policy, NOW)
    with pytest.raises(Unauthorized):
        tokens.read(forge.token(without_header=("kid",)).encode(), incomplete, policy, NOW)
    assert tokens.read(forge.token().encode(), incomplete, policy, NOW).subject == "user-1"
