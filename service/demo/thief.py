"""Plays a thief: refreshes with the session token alone, as whoever copied that cookie could from elsewhere."""

from __future__ import annotations

from handlers.auth import refresh_session
from security import device
from security.authentication import Identity
from security.device import DeviceCredentials
from security.errors import Problem
from security.tokens import Session
from service.runtime.parts import Parts


def try_elsewhere(session: Session, now: float, parts: Parts) -> int:
    """The status of a refresh of `session` without its device cookie. What it would get is thrown away."""
    keys, leeway = parts.keys.current, parts.policy.leeway
    try:
        device.check(session, DeviceCredentials(device.key_of(session)), keys, leeway, now)
        return refresh_session(Identity(session), now, parts).status
    except Problem as problem:
        return problem.status
