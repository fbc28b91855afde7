"""Security Event Tokens (RFC 8417): those events of CAEP and RISC that end sessions."""

from __future__ import annotations

from functools import partial

from security import logout_tokens, statements, subject_identifiers
from security.issuers import Issuers
from security.signatures import UNSTATED
from security.statement_errors import InvalidStatement
from security.statements import Ended, Statement

TYPES = ("secevent+jwt", "application/secevent+jwt", "JWT", UNSTATED)  # RFC 8417 section 2.3
SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"  # CAEP 1.0 section 3.1
# RISC 1.0 sections 2.3 and 2.8: these are about the whole account.
OF_ACCOUNTS = (
    "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
    "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked",
)


def read(token: bytes, issuers: Issuers, leeway: int, now: float) -> Statement:
    """What `token` ends, if it is a Security Event Token that is valid at `now` (unix seconds); nothing for other events.

    All members of `events` are about one subject (RFC 8417 section 2.2): `sub_id`, or where that is missing, the event's
    own `subject`, as drafts of CAEP and RISC had it. Raises StatementRefused, or NotTaken.
    """
    issuer, claims = statements.read(token, TYPES, issuers, leeway, now)
    if not all(isinstance(event, dict) for event in claims["events"].values()):
        raise InvalidStatement("claim events: an event that is not an object")
    if logout_tokens.EVENT in claims["events"]:
        raise InvalidStatement("claim events: those of a logout token")
    organisation = partial(statements.organisation, issuer, claims)
    ends: list[Ended] = []
    for name, event in claims["events"].items():
        if name == SESSION_REVOKED or name in OF_ACCOUNTS:
            identifier = claims["sub_id"] if "sub_id" in claims else event.get("subject")
            ends += subject_identifiers.ended(
                identifier, issuer.issuer, organisation, whole_account=name in OF_ACCOUNTS
            )
    return statements.statement_of(claims, leeway, tuple(dict.fromkeys(ends)))
