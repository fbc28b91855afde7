"""New keys for each algorithm."""

from __future__ import annotations

import secrets
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from security.algorithms import MIN_HMAC_BYTES, InvalidKey
from security.compact import encode_base64url

GENERATED = ("EdDSA", "ES256", "RS256", "HS256")


def generate(alg: str) -> dict[str, Any]:
    """A new private key for `alg` as a JSON Web Key with a random `kid`. Raises InvalidKey for an unknown `alg`."""
    names = {"kid": secrets.token_hex(8), "alg": alg, "use": "sig"}
    if alg == "HS256":
        return {"kty": "oct", **names, "k": encode_base64url(secrets.token_bytes(MIN_HMAC_BYTES)).decode()}
    if alg == "EdDSA":
        private: Any = ed25519.Ed25519PrivateKey.generate()
    elif alg == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
    elif alg == "RS256":
        private = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    else:
        raise InvalidKey(f"alg must be one of {', '.join(GENERATED)}")
    jwk = jwt.PyJWS().get_algorithm_by_name(alg).to_jwk(private, as_dict=True)
    jwk.pop("key_ops", None)
    return {**jwk, **names}
