"""Random ids of 128 bits: what nobody can guess, and never comes twice."""

from __future__ import annotations

import secrets

from security.compact import encode_base64url

ID_BYTES = 16
POOL_BYTES = 1024


class RandomIds:
    """Makes ids, as base64url. The randomness of 64 ids is fetched at once: a fetch for each took 4 % of a refresh.

    For one thread of one process: a copy, as fork() makes it, would repeat ids.
    """

    def __init__(self) -> None:
        self._pool = b""

    def __call__(self) -> str:
        """A new id."""
        if not self._pool:
            self._pool = secrets.token_bytes(POOL_BYTES)
        chosen, self._pool = self._pool[:ID_BYTES], self._pool[ID_BYTES:]
        return encode_base64url(chosen).decode("ascii")
