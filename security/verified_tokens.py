"""Remembers which tokens are authentic, for callers that present the same token with each request."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from security import tokens
from security.claims import Policy
from security.keys import KeySet
from security.tokens import Session, Statement

MAX_TOKENS = 4096  # of at most 4,084 bytes each, and their claims


class VerifiedTokens:
    """Reads tokens as tokens.read does, and verifies the signature of each once for each key set.

    Only what cannot change is remembered: that these bytes are authentic by these keys, and what they state. Whether
    that is valid is judged anew at each call, and nothing is remembered of one that is not authentic.
    """

    def __init__(self) -> None:
        self._keys: KeySet | None = None
        self._authentic: Callable[[bytes], Statement]

    def read(self, token: bytes, keys: KeySet, policy: Policy, now: float) -> Session:
        """The session that `token` states. Raises what tokens.read raises."""
        if keys is not self._keys:
            self._keys = keys
            self._authentic = lru_cache(MAX_TOKENS)(lambda token: tokens.authentic(token, keys))
        return tokens.judge(self._authentic(token), policy, now)
