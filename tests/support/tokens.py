"""Makes tokens, good and bad, part by part, with the same keys as the service but none of its code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

NOW = 1_900_000_000
ISSUER = "https://devapi.withverifa.com"
AUDIENCE = "verifa-dashboard"


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def private_jwk(alg: str, kid: str) -> dict[str, Any]:
    """A new private key, by the cryptography package."""
    names = {"kid": kid, "alg": alg, "use": "sig"}
    if alg == "HS256":
        return {"kty": "oct", "k": b64(hashlib.sha256(kid.encode()).digest()), **names}
    key: Any
    if alg == "EdDSA":
        key = ed25519.Ed25519PrivateKey.generate()
    elif alg == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = jwt.get_algorithm_by_name(alg).to_jwk(key, as_dict=True)
    jwk.pop("key_ops", None)
    return {**jwk, **names}


def public_jwk(jwk: dict[str, Any]) -> dict[str, Any]:
    """The public half of a private key that is not a shared secret."""
    return {name: value for name, value in jwk.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}


def good_claims(now: int = NOW) -> dict[str, Any]:
    """The claims of a session that is good at `now`."""
    return {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "org": "org-1", "sid": "session-1",
        "auth_time": now - 3600, "iat": now - 60, "exp": now + 28740, "jti": "token-1",
    }  # fmt: skip


class Forge:
    """The keys of a service, and functions that build tokens with them, valid or not."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self.keys = {kid: private_jwk(alg, kid) for kid, alg in
                     (("ed", "EdDSA"), ("es", "ES256"), ("rs", "RS256"), ("hs", "HS256"))}  # fmt: skip
        self.foreign = private_jwk("EdDSA", "foreign")
        self.elsewhere = private_jwk("EdDSA", "elsewhere")  # the service knows its public half only

    def jwks(self) -> dict[str, Any]:
        """The service's key file."""
        return {"keys": [*self.keys.values(), public_jwk(self.elsewhere)]}

    def raw_sign(self, message: bytes, key: dict[str, Any]) -> bytes:
        """The signature of `message` with `key`, by its own algorithm."""
        algorithm = jwt.get_algorithm_by_name(key["alg"])
        return algorithm.sign(message, algorithm.from_jwk(key))

    def sign(self, header: str | bytes, payload: str | bytes, key: dict[str, Any]) -> str:
        """A token with exactly this header and this payload, signed with `key`."""
        parts = [part.encode() if isinstance(part, str) else part for part in (header, payload)]
        message = ".".join(b64(part) for part in parts)
        return f"{message}.{b64(self.raw_sign(message.encode(), key))}"

    def token(
        self, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None, kid: str = "ed",
        without: tuple[str, ...] = (), without_header: tuple[str, ...] = (), key: dict[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """A good token, except for the given header members and claims, and those left out."""
        key = key or self.keys[kid]
        whole = {"alg": key["alg"], "kid": key["kid"], "typ": "vk-session+jwt", **(header or {})}
        stated = {**good_claims(self.now), **(claims or {})}
        for name in without_header:
            del whole[name]
        for name in without:
            del stated[name]
        return self.sign(json.dumps(whole), json.dumps(stated), key)

    def hmac_token(self, secret: bytes, header: dict[str, Any]) -> str:
        """A token with good claims, signed by HMAC with `secret`."""
        message = ".".join(b64(json.dumps(part).encode()) for part in (header, good_claims(self.now)))
        return f"{message}.{b64(hmac.digest(secret, message.encode(), 'sha256'))}"
