"""Which sessions are revoked: by session, by user of an organisation, by organisation, or by the identity provider's session."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from security.tokens import LIFETIME, Session

NOW = 0


def seconds_until_later(moment: float) -> float:
    """How long after `moment` (unix seconds), that of a user's or organisation's revocation, any sign-in is a later one.

    They are compared by whole seconds: a sign-in within the same one is covered.
    """
    return int(moment) + 1 - moment


class Revocation(NamedTuple):
    """One revocation, made at `revoked_at` (unix seconds), or NOW: when the store takes it, by the clock of the store.

    With `session_id`: that session. With `organisation` and `subject`: all of that user's sessions so far, except the
    one with the id `except_session`, if that is given. With `organisation` alone: all of its sessions so far. With
    `idp_issuer` and `idp_session`: all sessions that came from that session of the identity provider.
    """

    revoked_at: int
    session_id: str = ""
    organisation: str = ""
    subject: str = ""
    idp_issuer: str = ""
    idp_session: str = ""
    except_session: str = ""


class Revocations(Protocol):
    """The interface to the revocations in force."""

    def revoked(self, session: Session) -> bool:
        """Whether `session` is revoked. Raises Unavailable if that cannot be known now."""


def keep_seconds(max_session_age: int, leeway: int) -> int:
    """How long a revocation must be kept: until no session that it covers can be refreshed or has a valid cookie."""
    return max_session_age + LIFETIME + 2 * leeway


class RevocationList:
    """Revocations in memory: tables from name to time. A million take less than 200 MB, if few except a session."""

    def __init__(self) -> None:
        self._sessions: dict[str, int] = {}
        self._users: dict[str, int] = {}
        self._users_but_one: dict[str, tuple[int, str]] = {}  # the time, always after that in _users, and the session
        self._organisations: dict[str, int] = {}
        self._idp_sessions: dict[str, dict[str, int]] = {}  # a table for each issuer, whose name may be long
        self._interned: dict[int, int] = {}  # one int object for each second, to save memory

    def _tables(self) -> tuple[dict[str, int], ...]:
        return (self._sessions, self._users, self._organisations, *self._idp_sessions.values())

    def __len__(self) -> int:
        return sum(map(len, self._tables())) + len(self._users_but_one)

    def add(self, revocation: Revocation) -> None:
        """Adds `revocation`. If the same was revoked twice, the later time counts."""
        revoked_at = self._interned.setdefault(revocation.revoked_at, revocation.revoked_at)
        if revocation.session_id:
            table, name = self._sessions, revocation.session_id
        elif revocation.idp_session:
            table, name = self._idp_sessions.setdefault(revocation.idp_issuer, {}), revocation.idp_session
        elif not revocation.subject:
            table, name = self._organisations, revocation.organisation
        else:
            user = _user(revocation.organisation, revocation.subject)
            self._add_user(user, revoked_at, revocation.except_session)
            return
        table[name] = max(revoked_at, table.get(name, 0))

    def _add_user(self, user: str, moment: int, kept: str) -> None:
        """Adds the revocation of `user` at `moment`, except the session `kept` unless that is empty.

        Two times are enough for any number of them. What excepts two different sessions excepts none: nobody until the
        earlier moment, and one session from there to the later one.
        """
        later, later_kept = self._users_but_one.pop(user, (-1, kept))
        if moment >= later:
            moment, kept, later, later_kept = later, later_kept, moment, kept
        # Now `moment` is the earlier one, or -1 for none.
        if not later_kept:
            everybody = later
        elif kept == later_kept:
            everybody = -1
        else:
            everybody = moment
        everybody = max(everybody, self._users.get(user, -1))
        if everybody >= 0:
            self._users[user] = everybody
        if later_kept and later > everybody:
            self._users_but_one[user] = (later, later_kept)

    def drop_before(self, moment: float) -> None:
        """Removes what was revoked before `moment` (unix seconds)."""
        for table in self._tables():
            for name in [name for name, revoked_at in table.items() if revoked_at < moment]:
                del table[name]
        self._idp_sessions = {issuer: table for issuer, table in self._idp_sessions.items() if table}
        for name in [name for name, (revoked_at, _) in self._users_but_one.items() if revoked_at < moment]:
            del self._users_but_one[name]
        self._interned = {second: second for second in self._interned if second >= moment}

    def covers(self, session: Session) -> bool:
        """Whether `session` is revoked: by its id or the identity provider's, or by its user or organisation.

        Those two cover it if they were revoked at or after the sign-in.
        """
        # A revocation's moment is a whole second: it covers all sign-ins within it.
        organisation, signed_in = session.organisation, int(session.auth_time)
        user = _user(organisation, session.subject)
        return (
            session.session_id in self._sessions
            or signed_in <= self._users.get(user, -1)
            or signed_in <= self._organisations.get(organisation, -1)
            or (user in self._users_but_one and self._is_other(session, user))
            or ("idp_sid" in session.claims and self._came_from_revoked(session))
        )

    def _is_other(self, session: Session, user: str) -> bool:
        """Whether all sessions of `user` so far are revoked but one, and `session` is not that one."""
        moment, kept = self._users_but_one[user]
        return int(session.auth_time) <= moment and session.session_id != kept

    def _came_from_revoked(self, session: Session) -> bool:
        issuer: Any = session.claims.get("idp_iss")  # None is no name of a table
        return session.claims["idp_sid"] in self._idp_sessions.get(issuer, ())


def _user(organisation: str, subject: str) -> str:
    return f"{organisation}\0{subject}"  # claims are printable, so the separator cannot occur in them
