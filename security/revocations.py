"""Which sessions are revoked: by session, by user of an organisation, or by organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from security.tokens import LIFETIME, Session

NOW = 0


@dataclass(frozen=True, slots=True)
class Revocation:
    """One revocation, made at `revoked_at` (unix seconds), or NOW: when the store takes it, by the clock of the store.

    With `session_id`: that session. With `organisation` and `subject`: all of that user's sessions so far. With
    `organisation` alone: all of its sessions so far.
    """

    revoked_at: int
    session_id: str = ""
    organisation: str = ""
    subject: str = ""


class Revocations(Protocol):
    """The interface to the revocations in force."""

    def revoked(self, session: Session) -> bool:
        """Whether `session` is revoked. Raises Unavailable if that cannot be known now."""


def keep_seconds(max_session_age: int, leeway: int) -> int:
    """How long a revocation must be kept: until no session that it covers can be refreshed or has a valid cookie."""
    return max_session_age + LIFETIME + 2 * leeway


class RevocationList:
    """Revocations in memory: three tables from name to time. A million take less than 200 MB."""

    def __init__(self) -> None:
        self._sessions: dict[str, int] = {}
        self._users: dict[str, int] = {}
        self._organisations: dict[str, int] = {}
        self._interned: dict[int, int] = {}  # one int object for each second, to save memory

    def __len__(self) -> int:
        return len(self._sessions) + len(self._users) + len(self._organisations)

    def add(self, revocation: Revocation) -> None:
        """Adds `revocation`. If the same was revoked twice, the later time counts."""
        revoked_at = self._interned.setdefault(revocation.revoked_at, revocation.revoked_at)
        if revocation.session_id:
            table, name = self._sessions, revocation.session_id
        elif revocation.subject:
            table, name = self._users, _user(revocation.organisation, revocation.subject)
        else:
            table, name = self._organisations, revocation.organisation
        table[name] = max(revoked_at, table.get(name, 0))

    def drop_before(self, moment: float) -> None:
        """Removes what was revoked before `moment` (unix seconds)."""
        for table in (self._sessions, self._users, self._organisations):
            for name in [name for name, revoked_at in table.items() if revoked_at < moment]:
                del table[name]
        self._interned = {second: second for second in self._interned if second >= moment}

    def covers(self, session: Session) -> bool:
        """Whether `session` is revoked: by its id, or because its user or organisation was, at or after the sign-in."""
        # A revocation's moment is a whole second: it covers all sign-ins within it.
        organisation, signed_in = session.organisation, int(session.auth_time)
        return (
            session.session_id in self._sessions
            or signed_in <= self._users.get(_user(organisation, session.subject), -1)
            or signed_in <= self._organisations.get(organisation, -1)
        )


def _user(organisation: str, subject: str) -> str:
    return f"{organisation}\0{subject}"  # claims are printable, so the separator cannot occur in them
