"""The document's security schemes, in connexion: every credential that is presented must hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from connexion.middleware.abstract import RoutedMiddleware
from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.security import AbstractSecurityHandler
from starlette.types import ASGIApp, Receive, Scope, Send

from security.authentication import Authentication, Presented
from security.errors import Unauthorized

Check = Callable[[Presented], bool]


class CredentialHandler(AbstractSecurityHandler):
    """Finds the check for a scheme of type `apiKey` by where the credential stands: in a cookie or a header."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Check:
        """The check that notes the credential on the request and tells whether it was there."""
        if security_scheme["in"] == "cookie":
            return partial(self._authentication.session_cookie, security_scheme["name"].encode("ascii"))
        return self._authentication.api_key_header


class Gate(SecurityOperation):
    """Lets a request through if all that it presents holds, and makes up one alternative of the document.

    Connexion's own verification tries the alternatives in turn and forgets a failure when a later one succeeds: a bad
    API key beside a good cookie would pass, and a 401 would hide a 503.
    """

    def _get_verification_fn(self) -> Callable[[Presented], None]:
        names = dict.fromkeys(name for alternative in self.security for name in alternative)
        find = self.security_handler_factory.parse_security_scheme
        checks: list[tuple[str, Check]] = [(name, find(self.security_schemes[name], [])) for name in names]
        alternatives = {tuple(name for name in names if name in alternative) for alternative in self.security}

        def verify(request: Presented) -> None:
            presented = tuple([name for name, check in checks if check(request)])
            if presented not in alternatives:
                raise Unauthorized("cookie: none")

        return verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.verification_fn(scope["exchange"])
        await self.next_app(scope, receive, send)


class Resolved(RoutedMiddleware[Any]):
    """Connexion's routed layer, whose operations stand in one table from the start on."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._operations: dict[str, ASGIApp] = {}

    def add_api(self, specification: Any, **options: Any) -> Any:
        """Adds a document's operations."""
        api = super().add_api(specification, **options)
        self._operations |= api.operations
        return api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation: Any = self._operations.get(scope["exchange"].operation, self.app)
        await operation(scope, receive, send)


class GateAPI(SecurityAPI):
    """Makes the gates of a document."""

    def make_operation(self, operation: Any) -> Gate:
        """The gate of one operation."""
        gate: Gate = Gate.from_operation(
            operation, next_app=self.next_app, security_handler_factory=self.security_handler_factory
        )
        return gate


class Gates(Resolved, SecurityMiddleware):
    """Connexion's security layer with our gate in it."""

    api_cls = GateAPI


def security_map(authentication: Authentication) -> dict[str, Callable[[], CredentialHandler]]:
    """Connexion's map from a scheme's type to what handles it."""
    return {"apiKey": partial(CredentialHandler, authentication)}
