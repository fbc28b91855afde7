"""Public keys of others: what they are taken as, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from security import public_jwk
from security.algorithms import InvalidKey
from security.keys import load_key
from tests.support.tokens import b64, private_jwk
from tests.support.tokens import public_jwk as public_of

# RFC 7638 section 3.1 and RFC 8037 appendix A.3 print a key and its thumbprint.
RSA_VECTOR = {
    "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn"
    "64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpb"
    "ISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
}  # fmt: skip
OKP_VECTOR = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
KINDS: dict[str, Any] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
}
KINDS["RS256"] = rsa.generate_private_key(65537, 2048)


def pem(key):
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_thumbprints_printed_in_the_rfcs():
    """Only the members that the type requires count; a `kid` of its own is kept."""
    kidless = {name: value for name, value in RSA_VECTOR.items() if name != "kid"}
    assert public_jwk.member(kidless)["kid"] == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert public_jwk.member(RSA_VECTOR)["kid"] == "2011-04-29"
    member = public_jwk.member(OKP_VECTOR)
    assert (member["kid"], member["alg"]) == ("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "EdDSA")
    assert public_jwk.thumbprint_of(member) == member["kid"]


@pytest.mark.parametrize("alg", KINDS)
def test_key_in_pem_is_the_same_key(alg):
    """It verifies what its private key signs, under its thumbprint; no other member is kept."""
    member = public_jwk.member(public_jwk.from_pem(pem(KINDS[alg].public_key())))
    assert member["alg"] == alg
    key = load_key(member)
    assert key.sign is None
    assert key.public == member
    assert public_jwk.member({**member, "kid": None, "x5c": ["AA"], "key_ops": ["verify"]}) == member


GOOD = public_of(private_jwk("EdDSA", "k"))
REFUSED = {
    "text": ("a key", "not a JSON Web Key"),
    "a set": ({"keys": [GOOD]}, "a JWK Set"),
    "private": (private_jwk("ES256", "k"), "a private key"),
    "private RSA, without d": ({**RSA_VECTOR, "p": "AQAB"}, "a private key"),
    "a secret": ({"kty": "oct", "k": b64(b"0123456789" * 4), "alg": "HS256"}, "a private key or a secret"),
    "a secret without k": ({"kty": "oct", "alg": "HS256"}, "'k'"),
    "for encryption": ({**GOOD, "use": "enc"}, "use"),
    "P-384": ({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}, "P-256"),
    "an algorithm of another type": ({**GOOD, "alg": "ES256"}, "kty EC"),
    "an algorithm that is no text": ({**GOOD, "alg": 1}, "not a public key for"),
    "no type": ({"x": "AA"}, "not a public key for"),
    "a curve that is no text": ({"kty": "OKP", "crv": ["Ed25519"], "x": GOOD["x"]}, "not a public key for"),
    "a short x": ({**GOOD, "x": "AA"}, "32 bytes"),
    "a weak key": (
        public_jwk.from_pem(pem(rsa.generate_private_key(65537, 1024).public_key())), "at least 2048 bits",
    ),
    "a kid with a line end": ({**GOOD, "kid": "a\nb"}, "kid"),
    "a kid that is a number": ({**GOOD, "kid": 7}, "kid"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_key_that_is_refused(name):
    """The reason is one line, and tells nothing of a private key."""
    jwk, reason = REFUSED[name]
    with pytest.raises(InvalidKey, match=reason) as refusal:
        public_jwk.member(jwk)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (ed448.Ed448PrivateKey.generate(), "not a public key for"), (x25519.X25519PrivateKey.generate(), "not a public"),
        (dsa.generate_private_key(1024), "not a public key for"),
        (ec.generate_private_key(ec.BrainpoolP256R1()), "not a public key for"),
        (ec.generate_private_key(ec.SECP224R1()), "not a public key for"),
    ],
)  # fmt: skip
def test_pem_of_another_kind(key, reason):
    """A key that no algorithm of ours takes."""
    with pytest.raises(InvalidKey, match=reason):
        public_jwk.from_pem(pem(key.public_key()))


def test_pem_that_is_no_public_key():
    """A private key is named as such."""
    private = KINDS["EdDSA"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text, reason in ((private, "a private key"), (b"-----BEGIN nothing", "neither")):
        with pytest.raises(InvalidKey, match=reason):
            public_jwk.from_pem(text)
