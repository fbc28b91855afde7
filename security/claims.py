"""Checks the claims of a session token (RFC 7519 section 4.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from security.errors import Unauthorized, Unavailable

MAX_TEXT_LENGTH = 255
MAX_SECONDS = 2**53  # up to here every JSON reader is exact (RFC 8259 section 6)


def is_text(value: object) -> TypeGuard[str]:
    """1 to 255 printable characters."""
    return type(value) is str and 0 < len(value) <= MAX_TEXT_LENGTH and value.isprintable()


def _is_any_text(value: object) -> bool:
    return type(value) is str


def is_seconds(value: object) -> bool:
    """A NumericDate (RFC 7519 section 2)."""
    # type(), because isinstance(True, int) is true. NaN and infinity are in no range.
    return (type(value) is int or type(value) is float) and 0 <= value <= MAX_SECONDS


def _is_duration(value: object) -> bool:
    """A positive whole number of seconds."""
    return type(value) is int and 0 < value <= MAX_SECONDS


def is_text_or_texts(value: object) -> bool:
    """A text, or a list of them, as `aud` is (RFC 7519 section 4.1.3)."""
    return type(value) is str or (type(value) is list and all(type(member) is str for member in value))


Check = Callable[[object], bool]

REQUIRED: Mapping[str, Check] = {
    "iss": is_text,  # RFC 7519 4.1.1
    "sub": is_text,  # 4.1.2
    "org": is_text,
    "sid": is_text,  # OpenID Connect Front-Channel Logout 1.0 section 3
    "aud": is_text_or_texts,  # 4.1.3
    "iat": is_seconds,  # 4.1.6
    "exp": is_seconds,  # 4.1.4
}
OPTIONAL: Mapping[str, Check] = {
    "auth_time": is_seconds,  # OpenID Connect Core 1.0 section 2
    "nbf": is_seconds,  # RFC 7519 4.1.5
    "jti": _is_any_text,  # 4.1.7
    "session_max_age": _is_duration,
    "session_idle": _is_duration,
    "idp_iss": is_text,
    "idp_sid": is_text,  # OpenID Connect Back-Channel Logout 1.0 section 2.1
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator configured about tokens. Times in seconds; an idle timeout of 0 is none."""

    issuer: str
    audience: str
    leeway: int
    max_session_age: int
    idle_timeout: int = 0


def malformed(claims: Mapping[str, Any], required: Mapping[str, Check], optional: Mapping[str, Check]) -> str:
    """Why `claims` are not well formed, the first that is missing or another value than it must be; empty if they are."""
    for name, is_well_formed in required.items():
        if name not in claims or not is_well_formed(claims[name]):
            return f"claim {name}: missing or malformed"
    for name, is_well_formed in optional.items():
        if name in claims and not is_well_formed(claims[name]):
            return f"claim {name}: malformed"
    return ""


def max_age(claims: Mapping[str, Any], policy: Policy) -> int:
    """How long after its sign-in the session with these claims may be extended, in seconds. A claim only tightens."""
    longest: int = policy.max_session_age
    return min(longest, claims["session_max_age"]) if "session_max_age" in claims else longest


def _idle_timeout(claims: Mapping[str, Any], policy: Policy) -> float:
    """How long ago the last refresh may be, in seconds. A claim only tightens."""
    own: float = claims.get("session_idle", math.inf)
    return min(policy.idle_timeout or math.inf, own)


def check(claims: Mapping[str, Any], policy: Policy, now: float) -> None:
    """Raises Unauthorized unless `claims` state a session that is valid at `now` (unix seconds).

    Raises Unavailable if they are from the future: to sign in again would not help.
    """
    if reason := malformed(claims, REQUIRED, OPTIONAL):
        raise Unauthorized(reason)
    if claims["iss"] != policy.issuer:
        raise Unauthorized(f"claim iss: not {policy.issuer}")
    audience = claims["aud"]
    if audience != policy.audience and (type(audience) is str or policy.audience not in audience):
        raise Unauthorized(f"claim aud: not {policy.audience}")
    if int(claims["exp"]) <= now - policy.leeway:
        raise Unauthorized("claim exp: expired")
    issued = claims["iat"]
    signed_in = claims.get("auth_time", issued)
    ahead = now + policy.leeway
    if issued > ahead or signed_in > ahead or claims.get("nbf", 0) > ahead:
        raise Unavailable("claims: from the future; our clock or the login service's is wrong")
    if signed_in > issued:
        raise Unauthorized("claim auth_time: after iat")
    # No leeway: both are minutes or more, and clocks that differ move the end by no more than they differ.
    if now - signed_in > max_age(claims, policy):
        raise Unauthorized("session: older than its maximum age")
    if (policy.idle_timeout or "session_idle" in claims) and now - issued > _idle_timeout(claims, policy):
        raise Unauthorized("session: idle for too long")
