"""Reads the session in a token, and issues a token for a session (RFC 7519, RFC 8725)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from security import claims as claim_rules
from security import compact, strict_json
from security.claims import Policy
from security.errors import Unauthorized, Unavailable
from security.keys import TOKEN_TYPE, KeySet
from security.signatures import UNSTATED, Types, check_header, check_signature

LIFETIME = 28800  # 8 hours, in seconds: exp - iat of every token that we issue, and Max-Age of its cookie

ACCEPTED_TYPES = (TOKEN_TYPE, "JWT", UNSTATED)


class Session(NamedTuple):
    """A signed-in user's session, as stated by a valid token. Times in unix seconds.

    `key_id` names the key that the token was signed with; empty, if no token was read.
    """

    subject: str
    organisation: str
    session_id: str
    auth_time: float
    claims: Mapping[str, Any]
    key_id: str = ""


class Statement(NamedTuple):
    """What an authentic token states, and the id of the key that signed it."""

    claims: Mapping[str, Any]
    key_id: str


def read(token: bytes, keys: KeySet, policy: Policy, now: float) -> Session:
    """The session that `token` states, if it is valid at `now` (unix seconds) by these keys and this policy.

    Raises Unauthorized unless the token is authentic, with valid claims. Raises Unavailable if its key may be in a file
    that cannot be read, or if it comes from the future.
    """
    return judge(authentic(token, keys), policy, now)


def authentic(token: bytes, keys: KeySet, types: Types = ACCEPTED_TYPES) -> Statement:
    """What `token` states, authentic by one of these keys. Whether that is valid now is not judged yet.

    Raises Unauthorized unless the token is a strict compact JWS, signed by a known key with the algorithm bound to that
    key (RFC 8725 sections 3.1 and 3.2), of one of `types` (3.11). Raises Unavailable if its key may be in a file that cannot be
    read.
    """
    jws = compact.parse(token, keys.headers)
    check_header(jws.header, types)
    kid = jws.header.get("kid")
    key = keys.find(kid)
    if key is None:
        if keys.incomplete and isinstance(kid, str):
            raise Unavailable("header kid: no such key, but the key file cannot be read")
        raise Unauthorized("header kid: no such key")
    check_signature(jws, key)
    try:
        return Statement(strict_json.read_object(jws.payload), key.kid)
    except ValueError as error:
        raise Unauthorized("claims: not a JSON object") from error


def judge(statement: Statement, policy: Policy, now: float) -> Session:
    """The session that an authentic token states, if that is valid at `now`. Raises Unauthorized or Unavailable."""
    claims, key_id = statement
    claim_rules.check(claims, policy, now)
    signed_in = claims["auth_time"] if "auth_time" in claims else int(claims["iat"])
    return Session(claims["sub"], claims["org"], claims["sid"], signed_in, claims, key_id)


def auth_time(session: Session, now: float) -> float:
    """When the user of `session` signed in, but not after `now`, even if the login service's clock is ahead of ours."""
    return min(session.auth_time, now)


def ends(session: Session, policy: Policy, now: float) -> int:
    """When `session`, refreshed at `now`, reaches its maximum age: the last unix second in which it can be extended."""
    return int(auth_time(session, int(now)) + claim_rules.max_age(session.claims, policy))


def sign(header: bytes, claims: dict[str, Any], keys: KeySet) -> bytes:
    """The token of `claims` that the signing key signs. `header`: encoded, with that key's `alg` and `kid`."""
    signing_input = header + b"." + compact.encode_base64url(strict_json.write_object(claims))
    return signing_input + b"." + compact.encode_base64url(keys.sign(signing_input))


def issue(session: Session, keys: KeySet, now: float, token_id: str) -> bytes:
    """A token for `session`, valid from `now` (unix seconds) for LIFETIME. Other claims are carried over unchanged.

    `token_id` becomes `jti`, and must be new and random (RFC 7519 section 4.1.7).

    Raises Unavailable if it would be longer than MAX_TOKEN_BYTES, as after the change to a key with larger signatures:
    browsers would drop it, and to sign in again would not help.
    """
    issued = int(now)
    claims = {
        **session.claims,
        "iat": issued,
        "exp": issued + LIFETIME,
        "auth_time": auth_time(session, issued),
        "jti": token_id,
    }
    token = sign(keys.signing.header, claims, keys)
    if len(token) > compact.MAX_TOKEN_BYTES:
        raise Unavailable(f"token: its successor would be longer than {compact.MAX_TOKEN_BYTES} bytes")
    return token
