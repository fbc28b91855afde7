"""The operations with the tag Authentication."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from security import tokens
from security.authentication import Identity, KeySource
from security.claims import Policy
from security.cookies import SetCookie
from security.errors import Unauthorized
from security.random_ids import RandomIds


class Response(NamedTuple):
    """What an operation returns: a status of the document, a body that its schema allows, and its own headers.

    `cacheable` responses carry a Cache-Control of their own. All others get `no-store`.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cacheable: bool = False


class Dependencies(Protocol):
    """What the operations work with."""

    @property
    def keys(self) -> KeySource:
        """The keys in force."""

    @property
    def policy(self) -> Policy:
        """What the operator configured about tokens."""

    @property
    def set_cookie(self) -> SetCookie:
        """The writer of the session cookie."""

    @property
    def new_id(self) -> RandomIds:
        """The maker of token ids."""


JSON = (b"content-type", b"application/json")
REFRESHED = b'{"refreshed": true}'


def refresh_session(identity: Identity, now: float, dependencies: Dependencies) -> Response:
    """Issues a new cookie for the caller's session, valid from `now` (unix seconds). Operation `refreshAuthSession`."""
    if identity.session is None:
        raise Unauthorized("session: none")
    token = tokens.issue(identity.session, dependencies.keys.current, now, dependencies.new_id())
    ends = b"%d" % tokens.ends(identity.session, dependencies.policy, now)
    return Response(
        200, REFRESHED, (JSON, (b"set-cookie", dependencies.set_cookie(token)), (b"verifa-session-ends", ends))
    )
