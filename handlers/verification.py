"""The operations with the tag Verification: for a proxy that asks about each request before it passes it on."""

from __future__ import annotations

import string
from urllib.parse import quote

from handlers.auth import Dependencies, Response
from security import tokens
from security.authentication import Identity
from security.errors import Unauthorized

# All of visible ASCII but the percent sign, so that no two texts look alike (RFC 3986 section 2.1).
_SAFE = (string.punctuation + string.ascii_letters + string.digits).replace("%", "")


def verify_session(identity: Identity, now: float, dependencies: Dependencies) -> Response:
    """States the caller's session in headers, and changes nothing. Operation `verifySession`."""
    session = identity.session
    if session is None:
        raise Unauthorized("session: none")
    return Response(
        200,
        b"",
        (
            (b"x-auth-subject", header_text(session.subject)),
            (b"x-auth-organisation", header_text(session.organisation)),
            (b"x-auth-session", header_text(session.session_id)),
            (b"x-auth-time", b"%d" % tokens.auth_time(session, now)),
            (b"x-auth-expires", b"%d" % session.claims["exp"]),
        ),
    )


def header_text(text: str) -> bytes:
    """`text` as the value of a header: percent-encoded where it is not visible ASCII, or a percent sign itself."""
    return quote(text, _SAFE).encode("ascii")
