"""Sessions bound to a device (W3C Device Bound Session Credentials): nothing is stored, and there is no new secret.

A bound session's token carries the device's public key as `cnf` (RFC 7800). It can be refreshed only beside the device
cookie, which lives minutes, and which only a proof by that key renews. Challenge and device cookie are tokens by the keys
of the session tokens, each with a `typ` of its own, so that none can take the place of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from security import device_proof, strict_json, tokens
from security.compact import MAX_TOKEN_BYTES, encode_base64url
from security.cookies import SetCookie
from security.device_proof import DeviceKey
from security.errors import Unauthorized, Unavailable
from security.keys import KeySet, encoded_header
from security.tokens import Session

PATH = "/api/v1/auth/device"
COOKIE = b"vk_org_device"
CHALLENGE_TYPE, COOKIE_TYPE = "vk-device-challenge+jwt", "vk-device+jwt"
_SESSION = ("iss", "aud", "org", "sub", "sid")  # the claims that say whose they are
COOKIE_SECONDS = 300
OFFER_SECONDS = 60  # for which a challenge that is offered lives: the browser answers at once
KEY_BYTES = 200  # by which a token grows, in base64url, when its session is bound
LATE_SECONDS = 60  # for which a device cookie, and the challenge for its successor, live beyond COOKIE_SECONDS


class BindingScope(NamedTuple):
    """Which requests carry the device cookie, by its path, and beneath which path they wait until there is a live one.

    `offered`: sessions that are not bound are offered it. `initiators`: other hosts whose pages refresh here; without
    being told, browsers would not renew the cookie for them.
    """

    set_cookie: SetCookie
    waiting: str
    offered: bool = True
    initiators: Sequence[str] = ()


def _scope(path: bytes, waiting: str) -> BindingScope:
    return BindingScope(SetCookie(COOKIE, seconds=COOKIE_SECONDS, path=path), waiting)


# By the setting. Of the page's refresh alone, so that all else goes on whatever happens here; or of all that the host
# answers, for a proxy that has each request verified.
SCOPES: Mapping[str, BindingScope] = {
    "refresh": _scope(b"/api/v1/auth", "/api/v1/auth/refresh"),
    "host": _scope(b"/", "/"),
}


class DeviceCredentials(NamedTuple):
    """What a request has to show for its device. `key`: what its session is bound to, None if it is not.

    `cookies` are values of the device cookie. `required`: whoever asks takes no session that is not bound. `skipped`: the
    browser could not renew the cookie. The rest are of the browser's own calls: `by_browser` (no page can say so), the
    proof, and the id of the browser's session, empty at a registration.
    """

    key: DeviceKey | None = None
    cookies: Sequence[bytes] = ()
    required: bool = False
    skipped: bool = False
    by_browser: bool = False
    proof: bytes = b""
    session_id: bytes = b""


def key_of(session: Session) -> DeviceKey | None:
    """The key that `session` is bound to; None if it is to none. Any other `cnf` than bind() writes is somebody else's."""
    confirmation = session.claims.get("cnf")
    try:
        key = device_proof.key_in(confirmation["jwk"]) if isinstance(confirmation, dict) else None
    except (KeyError, Unauthorized):
        return None
    return key if key is not None and confirmation == {"jwk": key.jwk} else None


def can_be_bound(session: Session) -> bool:
    """Whether `session` is bound to nothing yet, also by nobody else."""
    return "cnf" not in session.claims


def has_room(token: bytes) -> bool:
    """Whether `token` would not be too long with a key in it."""
    return len(token) + KEY_BYTES <= MAX_TOKEN_BYTES


def bind(session: Session, key: DeviceKey) -> Session:
    """`session`, bound to `key`."""
    return session._replace(claims={**session.claims, "cnf": {"jwk": dict(key.jwk)}})


def challenge(session: Session, keys: KeySet, now: float, seconds: int) -> bytes:
    """A text that only a device that is asked now can sign, for so many seconds."""
    return _issue(CHALLENGE_TYPE, session, {"exp": int(now) + seconds}, keys)


def is_challenge(text: str, session: Session, keys: KeySet, leeway: int, now: float) -> bool:
    """Whether `text` is a live challenge to a device of `session`. Raises Unavailable if that cannot be known now."""
    try:
        _read(text.encode(), CHALLENGE_TYPE, session, keys, leeway, now)
    except Unauthorized:
        return False
    return True


def device_cookie(session: Session, key: DeviceKey, keys: KeySet, now: float) -> bytes:
    """The value of the device cookie: for a few minutes, `session` is on the device with `key`."""
    claims = {"jkt": key.thumbprint, "exp": int(now) + COOKIE_SECONDS + LATE_SECONDS}
    return _issue(COOKIE_TYPE, session, claims, keys)


def check(session: Session, credentials: DeviceCredentials, keys: KeySet, leeway: int, now: float) -> None:
    """Raises Unauthorized if `session` is bound, and no live device cookie of it and its key is there.

    Raises Unavailable in its place if the browser tells that it could not renew the cookie, or if none is live and one of
    them cannot be judged now: an outage is never a 401. A session that is not bound passes unless it is required to be.
    """
    if credentials.key is None:
        if credentials.required:
            raise Unauthorized("device: the session is not bound")
        return
    outage = "device: its cookie could not be renewed" if credentials.skipped else ""
    for value in credentials.cookies:
        try:
            claims = _read(value, COOKIE_TYPE, session, keys, leeway, now)
        except Unauthorized:
            continue
        except Unavailable as error:
            outage = error.reason
            continue
        if claims.get("jkt") == credentials.key.thumbprint:
            return
    if outage:
        raise Unavailable(outage)
    raise Unauthorized("device: no live cookie of this session's device")


def _issue(typ: str, session: Session, more: Mapping[str, Any], keys: KeySet) -> bytes:
    signing = keys.signing
    return tokens.sign(encoded_header(signing.alg, signing.kid, typ), {"ses": _digest(session), **more}, keys)


def _read(token: bytes, typ: str, session: Session, keys: KeySet, leeway: int, now: float) -> Mapping[str, Any]:
    """The claims of a live token of that type for `session`. Raises Unauthorized, Unavailable."""
    claims = tokens.authentic(token, keys, (typ,)).claims
    if claims.get("ses") != _digest(session):
        raise Unauthorized("device: of another session")
    if type(claims.get("exp")) is not int or claims["exp"] + leeway <= now:
        raise Unauthorized("device: expired")
    return claims


def _digest(session: Session) -> str:
    """Names `session` to us alone: a page can read a challenge, and nobody shall take one for a session token."""
    whose = {name: session.claims[name] for name in _SESSION}
    return encode_base64url(hashlib.sha256(strict_json.write_object(whose)).digest()).decode()
