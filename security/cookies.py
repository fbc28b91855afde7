"""Reads the session cookie from raw Cookie headers; writes the one Set-Cookie (RFC 6265bis)."""

from __future__ import annotations

from collections.abc import Iterable

from security.errors import Unauthorized
from security.tokens import LIFETIME


def read(cookie_headers: Iterable[bytes], name: bytes) -> bytes | None:
    """The value of the cookie `name`, or None if there is none.

    Other cookies are skipped, even if malformed (RFC 6265bis section 4.2.1). Raises Unauthorized if the name occurs with
    different values: it is not known which one is meant.
    """
    prefix = name + b"="
    found: bytes | None = None
    for header in cookie_headers:
        for pair in header.split(b";"):
            pair = pair.strip(b" \t")
            if pair.startswith(prefix):
                value = pair[len(prefix) :]
                if found is not None and found != value:
                    raise Unauthorized("cookie: repeated with different values")
                found = value
    return found


class SetCookie:
    """Writes the Set-Cookie header for a new token. Its attributes never change (RFC 6265bis section 4.1)."""

    def __init__(self, name: bytes, domain: str) -> None:
        self._prefix = name + b"="
        self._attributes = b"; Max-Age=%d; Path=/; HttpOnly; Secure; SameSite=Lax" % LIFETIME
        if domain:
            self._attributes += b"; Domain=" + domain.encode("ascii")

    def __call__(self, token: bytes) -> bytes:
        """The value of the header for `token`."""
        return self._prefix + token + self._attributes
