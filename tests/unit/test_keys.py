"""Keys: which sign, which verify, which are too weak, and the vectors that the RFCs print."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from security.algorithms import InvalidKey, load
from security.compact import decode_base64url
from security.generation import GENERATED, generate
from security.keys import load_key_set
from tests.support.tokens import b64, private_jwk, public_jwk

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


def jwk_of(key, alg):
    name = {"Ed448": "EdDSA", "P-384": "ES384"}.get(alg, alg)
    jwk = jwt.get_algorithm_by_name(name).to_jwk(key, as_dict=True)
    return {**jwk, "kid": "k", "alg": alg, "use": "sig"}


@pytest.mark.parametrize("name", VECTORS)
def test_signature_printed_in_an_rfc_verifies(name):
    """The example of the RFC verifies with its key, and no longer when a byte of it changes."""
    vector = VECTORS[name]
    message, _, signature = vector["token"].encode().rpartition(b".")
    functions = load(vector["alg"], vector["jwk"])
    assert functions.verify(message, decode_base64url(signature))
    assert not functions.verify(message + b"A", decode_base64url(signature))
    if functions.sign and vector["alg"] != "ES256":  # ECDSA signs anew with another number each time
        assert functions.sign(message) == decode_base64url(signature)


@pytest.mark.parametrize("alg", GENERATED)
def test_generated_key_signs_what_it_verifies(alg):
    """A generated key of each algorithm signs; its public half, if it has one, verifies and cannot sign."""
    jwk = generate(alg)
    keys = load_key_set({"keys": [jwk]})
    signature = keys.sign(b"message")
    assert keys.signing.verify(b"message", signature)
    assert not keys.signing.verify(b"another", signature)
    (shown,) = keys.public_jwks()["keys"] or [None]
    if alg == "HS256":
        assert shown is None
        return
    assert set(shown) & {"d", "p", "q", "dp", "dq", "qi", "k"} == set()
    public = load(alg, shown)
    assert public.sign is None
    assert public.verify(b"message", signature)


def test_two_generated_keys_differ():
    """Key ids and keys are random."""
    first, second = generate("EdDSA"), generate("EdDSA")
    assert first["kid"] != second["kid"]
    assert first["d"] != second["d"]


def test_first_private_key_signs():
    """The first private key of the set signs, public ones before it or not; every key verifies."""
    first, second, third = (private_jwk(alg, kid) for alg, kid in (("EdDSA", "a"), ("ES256", "b"), ("RS256", "c")))
    keys = load_key_set({"keys": [public_jwk(first), second, third]})
    assert keys.signing.kid == "b"
    assert list(keys.keys) == ["a", "b", "c"]
    assert keys.find("a") is keys.keys["a"]
    assert keys.find(None) is None
    assert keys.find(["a"]) is None
    only = load_key_set({"keys": [second]})
    assert only.find(None) is only.signing


GOOD = private_jwk("EdDSA", "k")
EC = private_jwk("ES256", "k")
OTHER = private_jwk("EdDSA", "k")
SECRET = {"kty": "oct", "kid": "k", "alg": "HS256"}
RSA = private_jwk("RS256", "k")


def with_modulus(change):
    """A public RSA key with another modulus."""
    modulus = change(int.from_bytes(base64.urlsafe_b64decode(RSA["n"] + "==")))
    return {**public_jwk(RSA), "n": b64(modulus.to_bytes((modulus.bit_length() + 7) // 8))}


WEAK = {
    "RSA of 1024 bits": (jwk_of(rsa.generate_private_key(65537, 1024), "RS256"), "2048"),
    "HS256 of 31 bytes": ({**SECRET, "k": b64(b"x" * 31)}, "32 bytes"),
    "HS256 without k": (SECRET, "'k'"),
    "HS256 with padding": ({**SECRET, "k": b64(b"x" * 32) + "="}, "base64url"),
    "HS256 beyond ASCII": ({**SECRET, "k": "é" * 50}, "base64url"),
    "HS256 of a number": ({**SECRET, "k": 1}, "'k'"),
    "P-384 for ES256": (jwk_of(ec.generate_private_key(ec.SECP384R1()), "P-384") | {"alg": "ES256"}, "P-256"),
    "a point not on the curve": ({**EC, "x": EC["y"]}, "ES256"),
    "ES256 without y": ({name: value for name, value in EC.items() if name != "y"}, "ES256"),
    "a short x": ({**GOOD, "x": b64(b"x" * 31)}, "32 bytes"),
    "a short d": ({**GOOD, "d": b64(b"x" * 31)}, "32 bytes"),
    "x of another key": ({**GOOD, "x": OTHER["x"]}, "do not belong to the same key"),
    "x of small order": ({**public_jwk(GOOD), "x": b64(b"\1" + bytes(31))}, "safe point"),
    "alg missing": ({name: value for name, value in GOOD.items() if name != "alg"}, "alg is missing"),
    "alg of another type": ({**GOOD, "alg": "RS256"}, "kty RSA"),
    "kid missing": ({name: value for name, value in GOOD.items() if name != "kid"}, "kid"),
    "kid empty": ({**GOOD, "kid": ""}, "kid"),
    "kid with a line end": ({**GOOD, "kid": "a\nb"}, "kid"),
    "kid too long": ({**GOOD, "kid": "x" * 65}, "kid"),
    "one byte repeated": ({**SECRET, "k": b64(b"x" * 64)}, "one byte repeated"),
    "RSA, an even modulus": (with_modulus(lambda n: n * 2), "two large primes"),
    "RSA, a factor of 16 bits": (with_modulus(lambda n: n * 65521), "two large primes"),
    "RSA of 16,385 bits": (with_modulus(lambda n: n << 14337 | 1), "16384 bits"),
    "RSA of a million bits": (with_modulus(lambda n: n << 1_000_000 | 1), "16384 bits"),
    "RSA, a d of a million bits": ({**RSA, "d": b64(b"\1" * 125_000)}, "not less than the modulus"),
    "RSA, an exponent of 65 bits": ({**public_jwk(RSA), "e": b64(b"\1" * 9)}, "64 in the exponent"),
    "RSA, a d as large as the modulus": (RSA | {"d": RSA["n"]}, "not less than the modulus"),
    "RSA, a prime of a megabit": (RSA | {"p": b64(b"\1" * 131_072)}, "not less than the modulus"),
    "no crv": ({name: value for name, value in GOOD.items() if name != "crv"}, "Ed25519"),
    "use a list": ({**GOOD, "alg": ["EdDSA"]}, "alg is missing"),
    "a text": ("key", "object"),
}


@pytest.mark.parametrize("name", WEAK)
def test_unfit_key_is_refused(name):
    """A weak or malformed key is refused with a reason that holds no key material."""
    jwk, reason = WEAK[name]
    with pytest.raises(InvalidKey, match=reason) as refusal:
        load_key_set({"keys": [GOOD | {"kid": "good"}, jwk]})
    for member in ("d", "k", "p"):
        assert not (isinstance(jwk, dict) and len(str(jwk.get(member, ""))) > 20 and jwk[member] in str(refusal.value))


@pytest.mark.parametrize(
    ("jwks", "reason"),
    [
        ([], "JWK Set"),
        ({}, "JWK Set"),
        ({"keys": {}}, "JWK Set"),
        ({"keys": []}, "no private key"),
        ({"keys": [public_jwk(GOOD)]}, "no private key"),
        ({"keys": [GOOD, GOOD]}, "same kid"),
    ],
)
def test_unfit_set_is_refused(jwks, reason):
    """A set that is none, or cannot sign, or names two keys alike, is refused."""
    with pytest.raises(InvalidKey, match=reason):
        load_key_set(jwks)


def test_generating_an_unknown_algorithm_is_refused():
    """Only the four algorithms can be generated."""
    with pytest.raises(InvalidKey, match="one of"):
        generate("RS512")


def test_both_ed25519_libraries_judge_alike():
    """libsodium accepts no signature that OpenSSL refuses, and every one that OpenSSL makes."""
    jwk = private_jwk("EdDSA", "k")
    public = ed25519.Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    functions = load("EdDSA", jwk)
    private = jwt.get_algorithm_by_name("EdDSA").from_jwk(jwk)
    accepted = 0
    for number in range(400):
        message = b"message %d" % number
        good = private.sign(message)
        changed = bytearray(good)
        changed[number % 64] ^= 1 << (number % 8)
        for signature in (good, bytes(changed), good[: number % 64], good + b"x", bytes(64), good[:32] + bytes(32)):
            try:
                public.verify(signature, message)
                other = True
            except InvalidSignature:
                other = False
            assert functions.verify(message, signature) is other
            accepted += other
    assert accepted == 400
