"""The attack list of the two endpoints: one row, one statement that must end nothing, one name. Add a row to try another.

The first word of a name says what the sender is told (RFC 8935 section 2.4; at the endpoint for logout tokens, it is always
invalid_request): `malformed` is invalid_request, `untrusted` authentication_failed, `beyond` access_denied.
"""

from __future__ import annotations

from tests.support.statement_attacks.either import EITHER
from tests.support.statement_attacks.event import EVENTS
from tests.support.statement_attacks.logout import LOGOUTS
from tests.support.statement_attacks.rows import Row

CODES = {"malformed": "invalid_request", "untrusted": "authentication_failed", "beyond": "access_denied"}
LOGOUT_ATTACKS: dict[str, Row] = {**EITHER, **LOGOUTS}
EVENT_ATTACKS: dict[str, Row] = {**EITHER, **EVENTS}

__all__ = ["CODES", "EVENT_ATTACKS", "LOGOUT_ATTACKS", "Row"]
