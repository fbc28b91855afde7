"""Which sessions are revoked: by session, by user of an organisation, by organisation, or by the identity provider's session."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from security.tokens import LIFETIME, Session

NOW = 0
HOUR = 3600
DAY = 86400
PIECE = 20_000  # of a table: some milliseconds of work


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


class Retention(NamedTuple):
    """For how many seconds revocations are kept: of single sessions, and of users and organisations, which is no shorter."""

    sessions: int
    users: int


def retention(max_session_age: int, idle_timeout: int, leeway: int) -> Retention:
    """How long a revocation must be kept: until no session that it covers can be refreshed or has a valid cookie.

    A session that is revoked is not refreshed any more, and so it is over by the idle timeout, too, if there is one. We give
    that a day at least: a token that was issued by a clock ahead of time counts as refreshed when its `iat` says.
    That of a user covers sessions that begin later, too, if their sign-in was earlier: a login service may ask the identity
    provider again without the user. They are over by their age alone.
    """
    more = LIFETIME + 2 * leeway
    longest = min(max_session_age, max(idle_timeout, DAY)) if idle_timeout else max_session_age
    return Retention(longest + more, max_session_age + more)


class RevocationList:
    """Revocations in memory: tables from name to time. A million take less than 200 MB, if few except a session.

    What is revoked once more moves to the end of its table, so that the oldest are at the front.
    The time of a session's revocation only says when to forget it. It is rounded up to the hour, so that all of an hour
    share one int object: a quarter of the memory.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, int] = {}
        self._users: dict[str, int] = {}
        self._users_but_one: dict[str, tuple[int, str]] = {}  # the time, always after that in _users, and the session
        self._organisations: dict[str, int] = {}
        self._idp_sessions: dict[str, dict[str, int]] = {}  # a table for each issuer, whose name may be long
        self._hours: dict[int, int] = {}  # the int objects that are shared

    def _tables(self) -> tuple[dict[str, int], ...]:
        return (self._sessions, self._users, self._organisations, *self._idp_sessions.values())

    def __len__(self) -> int:
        return sum(map(len, self._tables())) + len(self._users_but_one)

    def add(self, revocation: Revocation) -> None:
        """Adds `revocation`. If the same was revoked twice, the later time counts."""
        moment = revocation.revoked_at
        if revocation.session_id:
            table, name, moment = self._sessions, revocation.session_id, self._hour(moment)
        elif revocation.idp_session:
            table, name = self._idp_sessions.setdefault(revocation.idp_issuer, {}), revocation.idp_session
            moment = self._hour(moment)
        elif not revocation.subject:
            table, name = self._organisations, revocation.organisation
        else:
            user = _user(revocation.organisation, revocation.subject)
            self._add_user(user, moment, revocation.except_session)
            return
        table[name] = max(moment, table.pop(name, 0))

    def _hour(self, moment: int) -> int:
        """The end of the hour that `moment` is in."""
        end = -(-moment // HOUR) * HOUR
        return self._hours.setdefault(end, end)

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
        everybody = max(everybody, self._users.pop(user, -1))
        if everybody >= 0:
            self._users[user] = everybody
        if later_kept and later > everybody:
            self._users_but_one[user] = (later, later_kept)

    def drop_old(self, now: float, keep: Retention) -> bool:
        """Removes a PIECE of each table of what is not kept any more at `now` (unix seconds). False if there may be more.

        Revocations of sessions stay up to an hour longer.
        """
        sessions, users = now - keep.sessions, now - keep.users
        pieces = [_drop(table, sessions, int) for table in (self._sessions, *self._idp_sessions.values())]
        pieces += [_drop(table, users, int) for table in (self._users, self._organisations)]
        pieces.append(_drop(self._users_but_one, users, itemgetter(0)))
        self._idp_sessions = {issuer: table for issuer, table in self._idp_sessions.items() if table}
        self._hours = {hour: hour for hour in self._hours if hour >= sessions}
        return all(pieces)

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


def _drop(table: dict[str, Any], moment: float, time_of: Callable[[Any], int]) -> bool:
    """Removes what is older than `moment` among the first PIECE of `table`. False if there may be more."""
    old = [name for name, value in islice(table.items(), PIECE) if time_of(value) < moment]
    for name in old:
        del table[name]
    return len(old) < PIECE
