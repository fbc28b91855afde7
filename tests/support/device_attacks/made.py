"""Tokens in the place of a challenge or of a device cookie: as the service makes them, but for a type or some claims."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.device import FORGE, Bound
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.tokens import AUDIENCE, ISSUER, b64, good_claims, private_jwk

# Of the service, a session that is bound, and its token from before.
Attack = Callable[[Service, Bound, str], Reply]
CHALLENGE_TYPE, COOKIE_TYPE = "vk-device-challenge+jwt", "vk-device+jwt"


def session(**changed: Any) -> str | None:
    """What names a session in such tokens: a digest of these claims, in this order. None for one without an id."""
    whose = {"iss": ISSUER, "aud": AUDIENCE, "org": "org-1", "sub": "user-1", "sid": "session-1", **changed}
    text = json.dumps(whose, separators=(",", ":"), ensure_ascii=False)
    return None if whose["sid"] is None else b64(hashlib.sha256(text.encode()).digest())


def challenge(service: Service, typ: str | None = CHALLENGE_TYPE, **claims: Any) -> str:
    """A challenge as the service makes them, but for some claims, or for another session than session-1."""
    whose = {name: claims.pop(name) for name in ("iss", "aud", "org", "sub", "sid") if name in claims}
    stated = {**dict.fromkeys(good_claims()), "exp": int(time.time()) + 60, "ses": session(**whose), **claims}
    return service.sign({"typ": typ}, **stated)


def cookie(service: Service, bound: Bound, typ: str = COOKIE_TYPE, **claims: Any) -> str:
    """A device cookie as the service makes them, but for some claims."""
    jkt = bound.session_id.rpartition(".")[2]
    return challenge(service, typ, **{"exp": int(time.time()) + 360, "jkt": jkt, **claims})


def foreign(typ: str, **claims: Any) -> str:
    """A token of another service's, for the same session."""
    key = private_jwk("EdDSA", "elsewhere")
    stated = {"ses": session(), "exp": 2**40, **claims}
    return FORGE.sign(json.dumps({"alg": "EdDSA", "kid": "elsewhere", "typ": typ}), json.dumps(stated), key)
