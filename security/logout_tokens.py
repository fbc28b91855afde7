"""Logout tokens: a provider says that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

from security import statements
from security.claims import is_text
from security.issuers import Issuers
from security.signatures import UNSTATED
from security.statement_errors import InvalidStatement
from security.statements import Ended, Statement

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = ("logout+jwt", "application/logout+jwt", "JWT", UNSTATED)  # Keycloak sent JWT before version 25


def read(token: bytes, issuers: Issuers, leeway: int, now: float) -> Statement:
    """What `token` ends, if it is a logout token that is valid at `now` (unix seconds) by section 2.6.

    `sid` names a session, and that one alone is over, whether `sub` stands beside it or not; `sub` alone names a user
    whose sessions are all over (section 2.4). Other members of `events` are passed over: Keycloak sends a boolean.
    Providers that follow a draft send no `exp`; its task, to make a captured token useless, is done by `iat` and `jti`.
    Raises StatementRefused, or NotTaken.
    """
    issuer, claims = statements.read(token, TYPES, issuers, leeway, now)
    if not isinstance(claims["events"].get(EVENT), dict):
        raise InvalidStatement("claim events: not those of a logout token")
    for name in ("sid", "sub"):
        if name in claims and not is_text(claims[name]):
            raise InvalidStatement(f"claim {name}: malformed")
    if "sid" in claims:
        ended = Ended(session=claims["sid"])
    elif "sub" in claims:
        ended = Ended(subject=claims["sub"], organisation=statements.organisation(issuer, claims))
    else:
        raise InvalidStatement("claims sid and sub: both are missing")
    return statements.statement_of(claims, leeway, (ended,))
