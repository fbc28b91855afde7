"""Signed statements of identity providers that a session or a user is out: what logout tokens and security events share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from security import compact, strict_json
from security.claims import Check, is_seconds, is_text, is_text_or_texts, malformed
from security.compact import Jws
from security.errors import Unauthorized
from security.issuers import Issuer, Issuers
from security.signatures import Types, check_header, check_signature
from security.statement_errors import AuthenticationFailed, InvalidStatement, NotTaken

MAX_BYTES = 16_384
MAX_AGE = 300  # seconds between `iat` and now, either way

_REQUIRED: Mapping[str, Check] = {"iss": is_text, "aud": is_text_or_texts, "iat": is_seconds, "jti": is_text}
_OPTIONAL = {"exp": is_seconds, "nbf": is_seconds}


class Ended(NamedTuple):
    """What a statement ends.

    With `session`: that session of its issuer. With `organisation` and `subject`: all of that user's so far. With
    `organisation` alone: all of its sessions so far.
    """

    session: str = ""
    subject: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A good statement. `token_id` (`jti`) is taken once, and may be forgotten after `until` (unix seconds)."""

    issuer: str
    token_id: str
    until: int
    events: tuple[str, ...]
    ends: tuple[Ended, ...]


class Statements(Protocol):
    """The interface to where statements are taken."""

    async def take(self, statement: Statement) -> None:
        """Ends what `statement` ends, durably, and remembers that it was taken. Does nothing if it was taken before.

        Raises NotTaken if it cannot be taken now: then nothing of it is.
        """


def read(token: bytes, types: Types, issuers: Issuers, leeway: int, now: float) -> tuple[Issuer, Mapping[str, Any]]:
    """The issuer and the claims of `token`, if it is a statement that is valid at `now` (unix seconds).

    What its own bytes show is checked first: then the answer tells nothing of who is trusted. Raises InvalidStatement for
    that, AuthenticationFailed afterwards, and NotTaken if its issuer or key may be in a file that cannot be read.
    """
    try:
        jws = compact.parse(token, longest=MAX_BYTES)
        check_header(jws.header, types)
    except Unauthorized as error:
        raise InvalidStatement(error.reason) from error
    try:
        claims = strict_json.read_object(jws.payload)
    except ValueError as error:
        raise InvalidStatement("claims: not a JSON object") from error
    _check(claims, leeway, now)
    try:
        return _signed_by(jws, claims, issuers), claims
    except Unauthorized as error:
        if issuers.incomplete:  # the file may have this issuer, or another key of that name
            raise NotTaken("statement: no such issuer, audience or key, but the issuers file cannot be read") from error
        raise AuthenticationFailed(error.reason) from error


def _signed_by(jws: Jws, claims: Mapping[str, Any], issuers: Issuers) -> Issuer:
    """The issuer that signed. Raises Unauthorized if none of `issuers` did."""
    issuer = issuers.find(claims["iss"], claims["aud"])
    if issuer is None:
        raise Unauthorized("claims iss and aud: no such issuer, or not for one audience of ours")
    key = issuer.find(jws.header.get("kid"))
    if key is None:
        raise Unauthorized("header kid: no such key")
    check_signature(jws, key)
    return issuer


def _check(claims: Mapping[str, Any], leeway: int, now: float) -> None:
    """Raises InvalidStatement unless the claims are those of a statement made within MAX_AGE (RFC 8417 section 2.2)."""
    if reason := malformed(claims, _REQUIRED, _OPTIONAL):
        raise InvalidStatement(reason)
    if "nonce" in claims:  # OpenID Connect Back-Channel Logout 1.0 section 2.4, RFC 8417 section 4.5: ID tokens have it
        raise InvalidStatement("claim nonce: not allowed")
    if not isinstance(claims.get("events"), dict) or not claims["events"]:
        raise InvalidStatement("claim events: missing, empty or not an object")
    if abs(now - claims["iat"]) > MAX_AGE + leeway:
        raise InvalidStatement(f"claim iat: more than {MAX_AGE} seconds from now")
    if "exp" in claims and int(claims["exp"]) <= now - leeway:
        raise InvalidStatement("claim exp: expired")
    if claims.get("nbf", 0) > now + leeway:
        raise InvalidStatement("claim nbf: from the future")


def statement_of(claims: Mapping[str, Any], leeway: int, ends: tuple[Ended, ...]) -> Statement:
    """The statement that `claims` make, which read() returned.

    Its `jti` is kept for longer than its `iat` is taken, because the clocks of two machines may differ.
    """
    until = int(claims["iat"]) + 2 * MAX_AGE + leeway
    return Statement(claims["iss"], claims["jti"], until, tuple(claims["events"]), ends)


def organisation(issuer: Issuer, claims: Mapping[str, Any]) -> str:
    """The organisation of the users whose sessions a statement ends. Raises InvalidStatement if it names none."""
    named = issuer.organisation or claims.get(issuer.organisation_claim)
    if not is_text(named):
        raise InvalidStatement("organisation: its claim is missing or malformed")
    return named
