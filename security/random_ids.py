"""Random ids of 128 bits, as base64url."""

from __future__ import annotations

import secrets

from security.compact import encode_base64url

ID_BYTES = 16
POOL_BYTES = 1024


class RandomIds:
    """Makes ids. Randomness is fetched for 64 of them at once: a system call for each takes 4 % of a refresh.

    Not for several threads, and not for use on both sides of a fork(), which would then make the same ids.
    """

    def __init__(self) -> None:
        self._pool = b""

    def __call__(self) -> str:
        """A new id."""
        if not self._pool:
            self._pool = secrets.token_bytes(POOL_BYTES)
        chosen, self._pool = self._pool[:ID_BYTES], self._pool[ID_BYTES:]
        return encode_base64url(chosen).decode("ascii")
