"""The operations with the tag Authentication."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from security import device, tokens
from security.authentication import Identity, KeySource
from security.claims import Policy
from security.cookies import SetCookie
from security.device import BindingScope
from security.errors import Unauthorized
from security.random_ids import RandomIds


class Response(NamedTuple):
    """What an operation returns: a status of the document, a body that its schema allows, and its own headers.

    `cacheable` responses carry a Cache-Control of their own. All others get `no-store`. `thumbprint` is for the log: of the
    key of a device that was bound.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cacheable: bool = False
    thumbprint: str | None = None


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
    def device_scope(self) -> BindingScope | None:
        """What a bound session's device cookie is for; None if sessions are not bound."""

    @property
    def new_id(self) -> RandomIds:
        """The maker of token ids."""


JSON = (b"content-type", b"application/json")
REFRESHED = b'{"refreshed": true}'


def refresh_session(identity: Identity, now: float, dependencies: Dependencies) -> Response:
    """Issues a new cookie for the caller's session, valid from `now` (unix seconds). Operation `refreshAuthSession`.

    Where sessions are bound to devices, one that is not is offered it.
    """
    session = identity.session
    if session is None:
        raise Unauthorized("session: none")
    keys = dependencies.keys.current
    token = tokens.issue(session, keys, now, dependencies.new_id())
    ends = b"%d" % tokens.ends(session, dependencies.policy, now)
    headers = [JSON, (b"set-cookie", dependencies.set_cookie(token)), (b"verifa-session-ends", ends)]
    scope = dependencies.device_scope
    if scope is not None and scope.offered and device.can_be_bound(session) and device.has_room(token):
        challenge = device.challenge(session, keys, now, device.OFFER_SECONDS)
        offer = b'(ES256);path="%b";challenge="%b"' % (device.PATH.encode("ascii"), challenge)
        headers.append((b"secure-session-registration", offer))
    return Response(200, REFRESHED, tuple(headers))
