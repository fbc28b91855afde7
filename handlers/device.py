"""The operation with the tag Device binding: what browsers call by themselves, to bind a session and to keep it bound."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import quote

from handlers.auth import JSON, Dependencies, Response
from security import device, device_proof, tokens
from security.authentication import Identity
from security.device import BindingScope, DeviceCredentials
from security.device_proof import DeviceKey
from security.errors import DeviceChallenged, Forbidden, Unauthorized
from security.keys import KeySet
from security.tokens import Session

# What a header's string may have, without a backslash (RFC 9651 section 3.3.3), but the percent sign.
_PLAIN = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"


def bind_device(identity: Identity, now: float, dependencies: Dependencies) -> Response:
    """Binds the caller's session to its device, or renews the device cookie. Operation `bindDevice`.

    Raises Unauthorized, which ends the browser's own session; DeviceChallenged, if the device must sign something new;
    Forbidden for a page's call.
    """
    session, sent, scope = identity.session, identity.device, dependencies.device_scope
    if session is None or sent is None or scope is None:
        raise Unauthorized("session: none")
    if sent.session_id:
        return _renew(session, sent, scope, now, dependencies)
    return _register(session, sent, scope, now, dependencies)


def _register(
    session: Session, sent: DeviceCredentials, scope: BindingScope, now: float, dependencies: Dependencies
) -> Response:
    keys = dependencies.keys.current
    if not sent.by_browser:
        raise Forbidden("device: not a call of the browser's own", detail="Browsers make this call by themselves.")
    if not device.can_be_bound(session):
        raise Unauthorized("device: the session is bound already")
    key, challenge = device_proof.read(sent.proof, None)
    if not device.is_challenge(challenge, session, keys, dependencies.policy.leeway, now):
        raise Unauthorized("device: no live challenge of this session")
    binding = _Binding(session, key, scope, keys, now)
    token = tokens.issue(device.bind(session, key), keys, now, dependencies.new_id())
    headers = (JSON, (b"set-cookie", dependencies.set_cookie(token)), *binding.renewal())
    return Response(200, binding.instructions(), headers, thumbprint=key.thumbprint)


def _renew(
    session: Session, sent: DeviceCredentials, scope: BindingScope, now: float, dependencies: Dependencies
) -> Response:
    if sent.key is None:
        raise Unauthorized("device: the session is not bound")
    keys = dependencies.keys.current
    binding = _Binding(session, sent.key, scope, keys, now)
    if device_proof.unquoted(sent.session_id) != binding.identifier().encode("ascii"):
        raise Unauthorized("device: not the session of this cookie")
    if sent.proof:
        _, challenge = device_proof.read(sent.proof, sent.key)
        if device.is_challenge(challenge, session, keys, dependencies.policy.leeway, now):
            return Response(200, b"", binding.renewal())
    raise DeviceChallenged((binding.challenge(device.OFFER_SECONDS),))


class _Binding(NamedTuple):
    """What the browser is told, `now`, of a session that is bound to `key`."""

    session: Session
    key: DeviceKey
    scope: BindingScope
    keys: KeySet
    now: float

    def identifier(self) -> str:
        """The browser's name for the session, which it sends back: of visible ASCII."""
        return f"{quote(self.session.session_id, _PLAIN)}.{self.key.thumbprint}"

    def instructions(self) -> bytes:
        """How the browser keeps the session bound (W3C draft, JSON Session Instructions)."""
        set_cookie = self.scope.set_cookie
        paths = [{"type": "exclude", "path": "/"}, {"type": "include", "path": self.scope.waiting}]
        cookie = {"type": "cookie", "name": set_cookie.name.decode(), "attributes": set_cookie.scope.decode()}
        instructions: dict[str, object] = {
            "session_identifier": self.identifier(),
            "refresh_url": device.PATH,
            "scope": {"include_site": False, "scope_specification": paths},
            "credentials": [cookie],
        }
        if self.scope.initiators:
            instructions["allowed_refresh_initiators"] = self.scope.initiators
        return json.dumps(instructions).encode("ascii")

    def renewal(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers with a new device cookie, and with what the device will sign for its successor."""
        cookie = device.device_cookie(self.session, self.key, self.keys, self.now)
        later = self.challenge(device.COOKIE_SECONDS + device.LATE_SECONDS)
        return (b"set-cookie", self.scope.set_cookie(cookie)), later

    def challenge(self, seconds: int) -> tuple[bytes, bytes]:
        """The header with a challenge that lives so long."""
        text = device.challenge(self.session, self.keys, self.now, seconds)
        return b"secure-session-challenge", b'"%b";id="%b"' % (text, self.identifier().encode("ascii"))
