"""A device's proof that it holds a key: the JWT of Device Bound Session Credentials (W3C draft, section 9.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from security import algorithms, compact, strict_json
from security.algorithms import InvalidKey
from security.errors import Unauthorized
from security.public_jwk import thumbprint
from security.signatures import FORBIDDEN_HEADERS

ALGORITHM = "ES256"
TYPE = "dbsc+jwt"
MAX_BYTES = 6144  # one of the longest challenge, itself a token, has some 5,800
_MEMBERS = ("crv", "kty", "x", "y")  # those that are required (RFC 7638 section 3.2)


class DeviceKey(NamedTuple):
    """A public key of a device: its JWK, which tokens carry as `cnf`, and its thumbprint (RFC 7638)."""

    jwk: Mapping[str, str]
    thumbprint: str


def key_in(jwk: object) -> DeviceKey:
    """The key in `jwk`; of other members nothing is kept. Whether it is a point of the curve, read() checks.

    Raises Unauthorized unless it is the public JWK of a P-256 key.
    """
    if (
        not isinstance(jwk, dict)
        or "d" in jwk
        or jwk.get("alg", ALGORITHM) != ALGORITHM
        or jwk.get("use", "sig") != "sig"
        or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256")
        or not all(type(jwk.get(name)) is str for name in _MEMBERS)
    ):
        raise Unauthorized("device: not a public key for ES256")
    required = {name: jwk[name] for name in _MEMBERS}
    return DeviceKey(required, thumbprint(required))


def read(proof: bytes, key: DeviceKey | None) -> tuple[DeviceKey, str]:
    """The key that signed `proof`, and the challenge in it (`jti`).

    With `key`, that of the session counts alone; without it the proof brings its own, in the header. Raises Unauthorized.
    """
    jws = compact.parse(unquoted(proof), longest=MAX_BYTES)
    header: Mapping[str, Any] = jws.header
    if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
        raise Unauthorized("device: not a proof by ES256")
    if not (FORBIDDEN_HEADERS - {"jwk"}).isdisjoint(header):
        raise Unauthorized("device: header member that is not allowed")
    if key is None:
        key = key_in(header.get("jwk"))
    elif "jwk" in header:
        raise Unauthorized("device: a proof with a key of its own")
    try:
        verify = algorithms.load(ALGORITHM, key.jwk).verify
    except InvalidKey as error:
        raise Unauthorized("device: not a public key for ES256") from error
    if not verify(jws.signing_input, jws.signature):
        raise Unauthorized("device: the proof's signature does not match")
    try:
        challenge = strict_json.read_object(jws.payload).get("jti")
    except ValueError as error:
        raise Unauthorized("device: claims are not a JSON object") from error
    if not isinstance(challenge, str):
        raise Unauthorized("device: a proof without a challenge")
    return key, challenge


def unquoted(value: bytes) -> bytes:
    """A header's value: the draft has it as a string (RFC 9651 section 3.3.3), Chromium sends it bare."""
    return value[1:-1] if len(value) > 1 and value[:1] == value[-1:] == b'"' else value
