"""Why a statement of an identity provider is refused, in the words of RFC 8935 and OpenID Connect Back-Channel Logout.

`reason` is for the log. The sender is told it too if the statement's own bytes are why. Whether an issuer, an audience or
a key is known here is told to nobody.
"""

from __future__ import annotations

from security.errors import BadRequest, Unavailable

# RFC 8935 section 2.3: the language of the description is stated.
_LANGUAGE = ((b"content-language", b"en"),)


class StatementRefused(BadRequest):
    """A statement that ends nothing. `code` is one of RFC 8935 section 2.4."""

    code = "invalid_request"

    def __init__(self, reason: str, *, detail: str) -> None:
        super().__init__(reason, detail=detail, headers=_LANGUAGE)

    def members(self) -> dict[str, object]:
        """The members of an error by RFC 8935 section 2.3."""
        return {"err": self.code, "description": self.detail}


class InvalidStatement(StatementRefused):
    """A statement that is malformed, too old or of another kind. Its own bytes show that, so the sender is told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, detail=f"Refused: {reason}.")


class AuthenticationFailed(StatementRefused):
    """A statement not signed by an issuer that is trusted for its audience. Which of these is wrong stays untold."""

    code = "authentication_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, detail="The token is not signed by an issuer that is trusted here.")


class AccessDenied(StatementRefused):
    """A statement of a trusted issuer about what belongs to somebody else."""

    code = "access_denied"

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, detail="The token is about a session, user or tenant that does not belong to its issuer."
        )


class NotTaken(Unavailable):
    """The statement may be good, but cannot be judged or stored now. Nothing of it was taken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, detail="The statement cannot be taken right now. Send it again soon.")


class LogoutRefused(BadRequest):
    """A logout that was refused (OpenID Connect Back-Channel Logout 1.0 section 2.8): there is one code for all reasons."""

    code = "invalid_request"

    def members(self) -> dict[str, object]:
        """The members of an error by RFC 6749 section 5.2."""
        return {"error": self.code, "error_description": self.detail}
