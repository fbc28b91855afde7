"""The two endpoints for identity providers: one takes logout tokens, the other security events."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import parse_qsl

from handlers.auth import Response
from security import logout_tokens, security_events
from security.claims import Policy
from security.issuers import IssuerSource
from security.statement_errors import LogoutRefused, StatementRefused
from security.statements import Statement, Statements

MAX_FIELDS = 100
_NOT_PERCENT_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Dependencies(Protocol):
    """What the operations work with."""

    @property
    def issuers(self) -> IssuerSource:
        """The issuers in force."""

    @property
    def policy(self) -> Policy:
        """What the operator configured about tokens."""

    @property
    def statements(self) -> Statements:
        """Where statements are taken."""


async def backchannel_logout(body: bytes, now: float, dependencies: Dependencies) -> Response:
    """Ends what the form field `logout_token` says is over. Operation `backchannelLogout`.

    200 once that is durable; a repeated token gets the same answer. Raises LogoutRefused, or NotTaken.
    """
    try:
        token = _logout_token(body)
        statement = logout_tokens.read(token, dependencies.issuers.current, dependencies.policy.leeway, now)
    except StatementRefused as error:
        raise LogoutRefused(error.reason, detail=error.detail) from error
    await _take(statement, dependencies)
    return Response(200, b"")


async def receive_event(body: bytes, now: float, dependencies: Dependencies) -> Response:
    """Ends what the Security Event Token `body` says is over. Operation `receiveEvent`.

    202 once that is durable, and for events that end nothing (RFC 8935 section 2.2); a repeated token gets the same answer.
    Raises StatementRefused, or NotTaken.
    """
    statement = security_events.read(body, dependencies.issuers.current, dependencies.policy.leeway, now)
    await _take(statement, dependencies)
    return Response(202, b"")


async def _take(statement: Statement, dependencies: Dependencies) -> None:
    if statement.ends:  # others, like a transmitter's test of the connection, leave no trace
        await dependencies.statements.take(statement)


def _logout_token(body: bytes) -> bytes:
    """The value of the one field `logout_token` of a form (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""
    try:
        text = body.decode("ascii")
        if _NOT_PERCENT_ENCODED.search(text):
            raise ValueError("not percent-encoded")
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise LogoutRefused("form: malformed", detail="The body is not a form.") from error
    tokens = [value for name, value in fields if name == "logout_token"]
    if len(tokens) != 1:
        raise LogoutRefused("form: logout_token", detail="The form must have the field logout_token once.")
    return tokens[0].encode()
