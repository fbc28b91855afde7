"""The document's security schemes: connexion finds what authenticates each; every credential sent must be valid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from connexion.security import AbstractSecurityHandler, SecurityHandlerFactory

from security.authentication import Authenticator, Identity
from security.errors import Unauthorized
from service.api.request_context import RequestContext

# Adds what a credential stands for to the identity found so far. None: the request has no such credential.
Scheme = Callable[[RequestContext, Identity], Identity | None]


class ApiKeyHandler(AbstractSecurityHandler):
    """Handles the schemes of type `apiKey`: one in a cookie is a session, one in a header is an API key."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Scheme:
        """The function that authenticates by this scheme."""
        name = security_scheme["name"]
        if security_scheme["in"] == "cookie":
            return partial(self._session, name.encode("ascii"))
        return partial(self._api_key, name.lower().encode("ascii"))

    def _session(self, name: bytes, request: RequestContext, identity: Identity) -> Identity | None:
        session = self._authenticator.session(request.headers.get(b"cookie", ()), name, request.now)
        return None if session is None else Identity(session, identity.api_key)

    def _api_key(self, name: bytes, request: RequestContext, identity: Identity) -> Identity | None:
        values = request.headers.get(name, ())
        key = self._authenticator.api_key(values, identity.session, request.client, request.now)
        return None if key is None else Identity(identity.session, key)


def handlers_by_type(authenticator: Authenticator) -> dict[str, Callable[[], ApiKeyHandler]]:
    """What connexion calls a security map: the handler of each type of scheme."""
    return {"apiKey": partial(ApiKeyHandler, authenticator)}


class Authentication:
    """The security requirement of one operation.

    Connexion's own verification tries the alternatives in turn and forgets a failure when a later one succeeds: a bad
    API key beside a good cookie would pass, and a 401 would hide a 503. Here every credential that is sent must be
    valid, and together they must make up one of the alternatives. `security: []` has the one alternative of none.
    """

    def __init__(self, operation: Any, factory: SecurityHandlerFactory) -> None:
        alternatives: list[dict[str, list[str]]] = operation.security or [{}]
        names = dict.fromkeys(name for alternative in alternatives for name in alternative)
        find = factory.parse_security_scheme
        self._schemes: list[tuple[str, Scheme]] = [(name, find(operation.security_schemes[name], [])) for name in names]
        # Without them no request is let in.
        self._cookies = {
            name
            for name in names
            if operation.security_schemes[name]["in"] == "cookie" and all(name in each for each in alternatives)
        }
        self._alternatives = {tuple(name for name in names if name in alternative) for alternative in alternatives}

    def __call__(self, request: RequestContext) -> Identity:
        """Who sent `request`. Raises Unauthorized, Unavailable if that cannot be judged now, or Forbidden."""
        identity = Identity()
        sent = []
        for name, scheme in self._schemes:
            extended = scheme(request, identity)
            if extended is not None:
                identity = extended
                sent.append(name)
            elif name in self._cookies:
                request.check_cookie_can_come()
        if tuple(sent) not in self._alternatives:
            raise Unauthorized("cookie: none")
        return identity
