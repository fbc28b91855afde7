"""Judges what a request presents: the session cookie and the API key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from security import api_keys, cookies, tokens
from security.api_keys import ApiKey, ApiKeys
from security.claims import Policy
from security.errors import Unauthorized
from security.keys import KeySet
from security.revocations import Revocations
from security.tokens import Session


class KeyRing(Protocol):
    """The port to the keys in force, which may change between two requests."""

    @property
    def current(self) -> KeySet:
        """The keys to use for this request."""


class Presented(Protocol):
    """What a request presents, and what it turned out to be."""

    now: float
    client: str
    cookies: Sequence[bytes]
    api_keys: Sequence[bytes]
    session: Session | None
    api_key: ApiKey | None


class Authentication:
    """The checks behind the document's security schemes, one method for each."""

    def __init__(self, keys: KeyRing, policy: Policy, revocations: Revocations, known_keys: ApiKeys) -> None:
        self._keys = keys
        self._policy = policy
        self._revocations = revocations
        self._known_keys = known_keys

    def session_cookie(self, name: bytes, request: Presented) -> bool:
        """Notes the session in the cookie `name`; False if there is no such cookie.

        Raises Unauthorized if the session is not good, Unavailable if it is but may have been revoked unheard.
        """
        token = cookies.read(request.cookies, name)
        if token is None:
            return False
        session = tokens.read(token, self._keys.current, self._policy, request.now)
        request.session = session
        if self._revocations.revoked(session):
            raise Unauthorized("session: revoked")
        return True

    def api_key_header(self, request: Presented) -> bool:
        """Notes the API key; False if none is given. Raises Unauthorized if it does not hold for the session."""
        if not request.api_keys:
            return False
        if request.session is None:
            raise Unauthorized("api key: without a session")
        if len(set(request.api_keys)) > 1:
            raise Unauthorized("api key: there twice, with different values")
        known = self._known_keys.find(api_keys.digest(request.api_keys[0]))
        request.api_key = api_keys.check(known, request.session.organisation, request.client, request.now)
        return True
