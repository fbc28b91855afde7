"""Somebody else's public key as a member of our key set: with the `kid` and `alg` that it may lack."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from security import algorithms, strict_json
from security.algorithms import ALGORITHMS, InvalidKey
from security.compact import encode_base64url
from security.keys import load_key, why_ignored

# RFC 7518 sections 6.2.2, 6.3.2 and 6.4, RFC 8037 section 2: whoever has one of these can sign.
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
# The algorithm of a key that names none, by its type and curve.
_BY_CURVE = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256", ("RSA", "None"): "RS256"}
_BY_CLASS = {Ed25519PublicKey: "EdDSA", EllipticCurvePublicKey: "ES256", RSAPublicKey: "RS256"}
_NO_KEY = "not a public key for EdDSA (Ed25519), ES256 (P-256) or RS256"


def thumbprint(required: Mapping[str, str]) -> str:
    """The thumbprint of the key with these members, those that its type requires (RFC 7638 section 3)."""
    ordered = {name: required[name] for name in sorted(required)}
    return encode_base64url(hashlib.sha256(strict_json.write_object(ordered)).digest()).decode()


def thumbprint_of(public: Mapping[str, Any]) -> str:
    """The thumbprint of a public key of a key set, which has other members besides."""
    return thumbprint({name: value for name, value in public.items() if name not in ("kid", "alg", "use")})


def member(jwk: object) -> dict[str, Any]:
    """The public key in `jwk`, as a member of our key set; its thumbprint is its `kid`, unless it has one.

    Raises InvalidKey for a private key or a secret, and for a key that is weak or of no algorithm of ours.
    """
    if not isinstance(jwk, dict):
        raise InvalidKey("not a JSON Web Key")
    if "keys" in jwk:
        raise InvalidKey("a JWK Set: give one of its keys")
    if any(name in jwk for name in PRIVATE):
        raise InvalidKey("a private key or a secret: give the public key alone")
    if reason := why_ignored(jwk):
        raise InvalidKey(reason)
    alg = jwk.get("alg") or _BY_CURVE.get((str(jwk.get("kty")), str(jwk.get("crv"))))
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise InvalidKey(_NO_KEY)
    public = algorithms.load(alg, jwk).public or {}  # only a secret has none, and was refused
    whole = {**public, "kid": jwk.get("kid") or thumbprint(public), "alg": alg, "use": "sig"}
    load_key(whole)
    return whole


def from_pem(text: bytes) -> dict[str, Any]:
    """The JWK of a public key in PEM (RFC 7468 section 13). Raises InvalidKey."""
    if b"PRIVATE KEY-----" in text:
        raise InvalidKey("a private key: give the public key alone")
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey("neither a JSON Web Key nor a public key in PEM") from error
    for kind, alg in _BY_CLASS.items():
        if isinstance(key, kind):
            with suppress(jwt.InvalidKeyError):  # of a curve that PyJWT does not know
                return jwt.PyJWS().get_algorithm_by_name(alg).to_jwk(key, as_dict=True)
    raise InvalidKey(_NO_KEY)
