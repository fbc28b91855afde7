"""What the tests of revocations ask of a list: a session that it may cover, and to drop what is old."""

from __future__ import annotations

from typing import Any

from security.revocations import Retention, RevocationList
from security.tokens import Session


def session(sid: str = "s", org: str = "o", sub: str = "u", auth_time: float = 100, **claims: Any) -> Session:
    return Session(sub, org, sid, auth_time, claims)


def drop(revocations: RevocationList, moment: int) -> None:
    """Drops what was revoked before `moment`, piece by piece."""
    while not revocations.drop_old(moment, Retention(0, 0)):
        pass
