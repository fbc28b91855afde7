"""Who is calling: the session in the cookie, and the API key beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from security import api_keys, cookies, tokens
from security.api_keys import ApiKey, ApiKeys
from security.claims import Policy
from security.device import DeviceCredentials
from security.errors import Problem, Unauthorized, Unavailable
from security.keys import KeySet
from security.revocations import Revocations
from security.tokens import Session

ReadToken = Callable[[bytes, KeySet, Policy, float], Session]  # as tokens.read


class KeySource(Protocol):
    """The interface to the keys in force, which may change between two requests."""

    @property
    def current(self) -> KeySet:
        """The keys to use for this request."""


class Identity(NamedTuple):
    """The authenticated caller. All are None on an operation that needs no credentials."""

    session: Session | None = None
    api_key: ApiKey | None = None
    device: DeviceCredentials | None = None  # if sessions are bound to devices


class Authenticator:
    """Checks credentials. Each method returns the session or the API key, or None if the credential was not sent."""

    def __init__(
        self,
        keys: KeySource,
        policy: Policy,
        revocations: Revocations,
        stored_keys: ApiKeys,
        read: ReadToken = tokens.read,
    ) -> None:
        self._keys = keys
        self._policy = policy
        self._revocations = revocations
        self._stored_keys = stored_keys
        self._read = read

    def session(self, cookie_headers: Sequence[bytes], name: bytes, now: float) -> Session | None:
        """The session in the cookie `name`. If that has several values, those that state no good session do not matter.

        Raises Unauthorized if no session in it is valid at `now` (unix seconds) and not revoked, or if two are. Raises
        Unavailable if that cannot be known now.
        """
        values = cookies.read(cookie_headers, name)
        if not values:
            return None
        if len(values) == 1:
            return self._session(values[0], now)
        good: list[Session] = []
        refusals: list[Problem] = []
        for value in values:
            try:
                good.append(self._session(value, now))
            except (Unauthorized, Unavailable) as refusal:
                refusal.__traceback__ = None  # breaks a reference cycle
                refusals.append(refusal)
        if not good:
            raise next((each for each in refusals if isinstance(each, Unavailable)), refusals[0])
        # The sign-in first: a value from before a step-up may have been refreshed after it, and must not undo it.
        latest = max(good, key=lambda session: (session.auth_time, session.claims["exp"]))
        if any(session[:3] != latest[:3] for session in good):
            raise Unauthorized("cookie: good values of two sessions")
        return latest

    def _session(self, token: bytes, now: float) -> Session:
        session = self._read(token, self._keys.current, self._policy, now)
        if self._revocations.revoked(session):
            raise _of(session, Unauthorized("session: revoked"))
        return session

    def api_key(self, values: Sequence[bytes], session: Session | None, address: str, now: float) -> ApiKey | None:
        """The API key in the header's `values`, sent with `session` from `address`. An empty value is none.

        A key never authenticates alone. Raises Unauthorized if it is not an active key of the session's organisation.
        """
        sent = {value for value in values if value}
        if not sent:
            return None
        if session is None:
            raise Unauthorized("api key: without a session")
        if len(sent) > 1:
            raise _of(session, Unauthorized("api key: repeated with different values"))
        key = self._stored_keys.find(api_keys.digest(sent.pop()))
        try:
            return api_keys.check(key, session.organisation, address, now)
        except Unauthorized as error:
            _of(session, error)
            raise


def _of(session: Session, refusal: Unauthorized) -> Unauthorized:
    """`refusal` of credentials that belong to `session`."""
    refusal.session_id, refusal.organisation = session.session_id, session.organisation
    return refusal
