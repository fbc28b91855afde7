"""Attacks on the choice of the algorithm: unsigned tokens, other names, HMAC with a public key."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from tests.support.attacks.changes import Attack, head
from tests.support.tokens import Forge, public_jwk


def hmac_with_public_key(form: str, kid: str | None = "rs") -> Attack:
    """Algorithm confusion: an HMAC whose secret is the public half of the RSA key (CVE-2015-9256)."""

    def attack(f: Forge) -> str:
        jwk = public_jwk(f.keys["rs"])
        key: Any = jwt.get_algorithm_by_name("RS256").from_jwk(jwk)
        secret = {
            "pem": lambda: key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
            "der": lambda: key.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
            "pkcs1": lambda: key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
            "jwk": lambda: json.dumps(jwk).encode(),
            "n": lambda: base64.urlsafe_b64decode(jwk["n"] + "=="),
        }[form]()
        return f.hmac_token(secret, {"alg": "HS256", **({"kid": kid} if kid else {})})

    return attack


def unsigned(alg: str) -> Attack:
    """A token with no signature, whose header says so."""
    return lambda f: f.token(header={"alg": alg}).rpartition(".")[0] + "."


ALGORITHMS: dict[str, Attack] = {
    **{f"alg {alg}, unsigned": unsigned(alg) for alg in ("none", "None", "NONE", "nOnE", "")},
    **{f"alg {alg}, signed well": head(alg=alg) for alg in ("none", "HS256", "HS512", "RS256", "ES256", "PS256")},
    "alg in lower case": head(alg="eddsa"),
    "alg of another curve": head(alg="ES256K"),
    "alg Ed25519 under the kid of an ES256 key": head(alg="Ed25519", kid="es"),
    "alg ed25519 in small letters": head(alg="ed25519"),
    "alg a list of both names": head(alg=["EdDSA", "Ed25519"]),
    "alg Ed448": head(alg="Ed448"),
    "alg of an encryption": head(alg="RSA-OAEP"),
    "alg null": head(alg=None),
    "alg true": head(alg=True),
    "alg a number": head(alg=1),
    "alg a list": head(alg=["EdDSA"]),
    "alg an object": head(alg={"EdDSA": 1}),
    "alg with a blank": head(alg="EdDSA "),
    "alg missing": lambda f: f.token(without_header=("alg",)),
    **{
        f"HMAC with the public key as {form}": hmac_with_public_key(form)
        for form in ("pem", "der", "pkcs1", "jwk", "n")
    },
    **{
        f"HMAC with the public key as {form}, kid of the secret": hmac_with_public_key(form, "hs")
        for form in ("pem", "der", "jwk")
    },
    "HMAC with the public key as pem, no kid": hmac_with_public_key("pem", None),
    "HMAC with an empty secret": lambda f: f.hmac_token(b"", {"alg": "HS256", "kid": "hs"}),
    "HMAC with the kid as secret": lambda f: f.hmac_token(b"hs", {"alg": "HS256", "kid": "hs"}),
    "HMAC with the key's text instead of its bytes": lambda f: f.hmac_token(
        f.keys["hs"]["k"].encode(), {"alg": "HS256", "kid": "hs"}
    ),
    "HMAC with the Ed25519 public key": lambda f: f.hmac_token(
        base64.urlsafe_b64decode(f.keys["ed"]["x"] + "=="), {"alg": "HS256", "kid": "ed"}
    ),
}
