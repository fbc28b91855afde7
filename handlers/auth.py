"""The operations under the tag Authentication."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from security import tokens
from security.authentication import KeyRing
from security.cookies import SetCookie
from security.tokens import Session


class Answer(NamedTuple):
    """What an operation answers: a status of the document, a body that its schema allows, headers of its own.

    `stored` is for answers that say themselves how they may be cached; all others never are.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    stored: bool = False


class Tools(Protocol):
    """What the operations work with."""

    @property
    def keys(self) -> KeyRing:
        """The keys in force."""

    @property
    def set_cookie(self) -> SetCookie:
        """What writes the cookie."""


JSON = (b"content-type", b"application/json")
REFRESHED = b'{"refreshed": true}'


def refresh_session(session: Session, now: float, tools: Tools) -> Answer:
    """Hands `session` a fresh cookie that lives from `now` (unix seconds). Operation `refreshAuthSession`."""
    token = tokens.issue(session, tools.keys.current, now)
    return Answer(200, REFRESHED, (JSON, (b"set-cookie", tools.set_cookie(token))))
