"""A sign-in for development: what a login service states about a new session."""

from __future__ import annotations

import secrets

from security.claims import Policy
from security.tokens import Session


def new_session(policy: Policy, sub: str, org: str, now: float, sid: str | None = None) -> Session:
    """A session of the user `sub` of `org` that begins `now` (unix seconds). Without `sid` it gets a random id."""
    stated = {"iss": policy.issuer, "aud": policy.audience, "sub": sub, "org": org, "sid": sid or secrets.token_hex(10)}
    return Session(sub, org, stated["sid"], int(now), stated)
