"""What the key file says of a key's life: when it was added, began to sign and stopped, and when it may go."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from security.keys import KeySet, why_ignored
from security.tokens import LIFETIME

# Members that we add to a private JWK (RFC 7517 section 4 allows it): when the key was added, when it was made to sign, and
# when it stopped, in unix seconds.
ADDED = "added_at"
PROMOTED = "promoted_at"
DEMOTED = "demoted_at"
TIMES = (ADDED, PROMOTED, DEMOTED)
MAX_AHEAD = 86_400  # seconds by which the clock of the machine that wrote them may be ahead of ours
PICK_UP_SECONDS = 2  # how long a worker may go on signing with the former key


class KeyTimes(NamedTuple):
    """Of one key, in unix seconds; None is not known. `last_cookie` is when the last cookie that it signed expires."""

    kid: str
    alg: str
    signs: bool
    added: float | None
    signing_since: float | None
    last_cookie: float | None


def is_private(member: dict[str, Any]) -> bool:
    """Whether a key can sign."""
    return "d" in member or "k" in member


def is_time(value: object, now: float) -> bool:
    """Whether `value` is a time that a member may have at `now`."""
    return type(value) in (int, float) and 0 <= value <= now + MAX_AHEAD  # type: ignore[operator]


def last_cookie_expires(demoted: float) -> float:
    """When the last cookie of a key that stopped signing at `demoted` expires. Both in unix seconds."""
    return demoted + PICK_UP_SECONDS + LIFETIME


def key_times(jwks: dict[str, Any], loaded: KeySet) -> list[KeyTimes]:
    """Of the keys `loaded` from `jwks`: that which signs first, the others as they stand there. Junk is not known."""
    now = time.time()
    found = []
    for member in jwks["keys"]:
        if why_ignored(member):
            continue
        known = {name: float(member[name]) for name in TIMES if is_time(member.get(name), now)}
        signs = member["kid"] == loaded.signing.kid
        demoted = known.get(DEMOTED) if is_private(member) and not signs else None
        found.append(
            KeyTimes(
                member["kid"],
                member["alg"],
                signs,
                known.get(ADDED),
                # A key that was never promoted signs because it was the first one.
                known.get(PROMOTED, known.get(ADDED)) if signs else None,
                None if demoted is None else last_cookie_expires(demoted),
            )
        )
    return sorted(found, key=lambda times: not times.signs)
