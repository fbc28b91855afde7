"""A key set: which key signs, which verify (RFC 7517 section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from security import strict_json
from security.algorithms import ALGORITHMS, ED25519, KEY_TYPES, InvalidKey, Sign, Verify, load
from security.compact import encode_base64url

TOKEN_TYPE = "vk-session+jwt"  # noqa: S105  # the `typ` of our tokens (RFC 8725 section 3.11)


@dataclass(frozen=True, slots=True)
class Key:
    """A key, bound to one algorithm. `header` is the encoded header of every token that it signs."""

    kid: str
    alg: str
    algs: tuple[str, ...]  # the names that tokens may have for it
    sign: Sign | None
    verify: Verify
    public: Mapping[str, Any] | None
    header: bytes


@dataclass(frozen=True, slots=True)
class KeySet:
    """Every key verifies; the first key that can sign, signs. Rotating keys means changing the order of the list.

    `headers` maps the encoded headers that we issue to their decoded form, so that they need not be decoded again.
    `ignored` tells of each member that is no key of ours. `incomplete`: it is not known whether there are more keys.
    """

    keys: Mapping[str, Key]
    signing: Key
    sign: Sign
    headers: Mapping[bytes, dict[str, Any]]
    ignored: tuple[str, ...] = ()
    incomplete: bool = False

    def find(self, kid: object) -> Key | None:
        """The key that a token's header names. Without `kid`: the only key, or None if there are several."""
        return find_key(self.keys, kid)

    def public_jwks(self) -> dict[str, Any]:
        """The public keys as a JWK Set. Shared secrets (HS256) are left out."""
        return {"keys": [dict(key.public) for key in self.keys.values() if key.public is not None]}


def find_key(keys: Mapping[str, Key], kid: object) -> Key | None:
    """The one of `keys` that a token's header names. Without `kid`: the only key, or None if there are several."""
    if kid is None and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(kid) if isinstance(kid, str) else None


@lru_cache(64)
def encoded_header(alg: str, kid: str, typ: str) -> bytes:
    """The header of the tokens of one type that a key signs, in base64url."""
    return encode_base64url(strict_json.write_object({"alg": alg, "kid": kid, "typ": typ}))


def load_key(jwk: object, longest_kid: int = 64) -> Key:
    """The key in one member of a JWK Set. Raises InvalidKey."""
    if not isinstance(jwk, dict):
        raise InvalidKey("a key is a JSON object")
    kid, alg = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str) or not 1 <= len(kid) <= longest_kid or not kid.isascii() or not kid.isprintable():
        raise InvalidKey(f"every key needs a kid of 1 to {longest_kid} printable ASCII characters")
    if not isinstance(alg, str):
        raise InvalidKey(f"key {kid}: alg is missing")
    try:
        operations = load(alg, jwk)
    except InvalidKey as error:
        raise InvalidKey(f"key {kid}: {error}") from error
    public = None if operations.public is None else {**operations.public, "kid": kid, "alg": alg, "use": "sig"}
    header = encoded_header(alg, kid, TOKEN_TYPE)
    algs = ED25519 if alg in ED25519 else (alg,)
    return Key(kid, alg, algs, operations.sign, operations.verify, public, header)


def why_ignored(jwk: object) -> str:
    """Why a member of a JWK Set is none of our keys and is passed over (RFC 7517 section 5); empty if it is one."""
    if not isinstance(jwk, dict):
        return ""
    alg, crv = jwk.get("alg"), jwk.get("crv")
    if "use" in jwk and jwk["use"] != "sig":
        return "its use is not sig"
    if isinstance(jwk.get("kty"), str) and jwk["kty"] not in KEY_TYPES:
        return f"its kty is not one of {', '.join(KEY_TYPES)}"
    if isinstance(alg, str) and alg not in ALGORITHMS:
        return f"its alg is not one of {', '.join(ALGORITHMS)}"
    if jwk.get("kty") == "OKP" and isinstance(crv, str) and crv != "Ed25519":
        return "its crv is not Ed25519"
    if jwk.get("kty") == "EC" and isinstance(crv, str) and crv != "P-256" and alg is None:
        return "its crv is not P-256"
    uses = jwk.get("key_ops")
    if isinstance(uses, list) and uses and "sign" not in uses and "verify" not in uses:
        return "its key_ops are not sign or verify"
    return ""


def load_key_set(jwks: object) -> KeySet:
    """The keys of a JWK Set. Raises InvalidKey if a key is not usable, two have the same `kid`, or none can sign."""
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(members, list):
        raise InvalidKey('not a JWK Set: an object with a list "keys"')
    reasons = [why_ignored(member) for member in members]
    keys = [load_key(member) for member, reason in zip(members, reasons, strict=True) if not reason]
    ignored = tuple(f"member {number}: {reason}" for number, reason in enumerate(reasons, 1) if reason)
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        raise InvalidKey("two keys have the same kid")
    for key in keys:
        if key.sign is not None:
            headers = {each.header: {"alg": each.alg, "kid": each.kid, "typ": TOKEN_TYPE} for each in keys}
            return KeySet(by_kid, key, key.sign, headers, ignored)
    raise InvalidKey("; ".join(("no private key to sign with", *ignored)))
