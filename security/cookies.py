"""Reads a cookie of ours from raw Cookie headers; writes its Set-Cookie (RFC 6265bis)."""

from __future__ import annotations

from collections.abc import Iterable

from security.errors import Unauthorized
from security.tokens import LIFETIME

MAX_VALUES = 4


def read(cookie_headers: Iterable[bytes], name: bytes) -> list[bytes]:
    """The different values of the cookie `name`, in the order in which they were sent.

    A browser sends several if a cookie of this host and one with a Domain have the same name (RFC 6265bis section 5.8.3).
    Other cookies are skipped, even if malformed (section 4.2.1). Raises Unauthorized if there are more than MAX_VALUES.
    """
    prefix = name + b"="
    found: list[bytes] = []
    for header in cookie_headers:
        for pair in header.split(b";"):
            pair = pair.strip(b" \t")
            if pair.startswith(prefix):
                value = pair[len(prefix) :]
                if value not in found:
                    found.append(value)
                    if len(found) > MAX_VALUES:
                        raise Unauthorized(f"cookie: more than {MAX_VALUES} values")
    return found


class SetCookie:
    """Writes the Set-Cookie header for a new token. Its attributes never change (RFC 6265bis section 4.1).

    `scope` are those that say where it is sent. `deletion` is the header that deletes the cookie (section 3.1). No
    operation of the contract sends it.
    """

    def __init__(self, name: bytes, domain: str = "", seconds: int = LIFETIME, path: bytes = b"/") -> None:
        self.name = name
        self.scope = b"Path=%b; HttpOnly; Secure; SameSite=Lax" % path
        if domain:
            self.scope += b"; Domain=" + domain.encode("ascii")
        self._prefix = name + b"="
        self._attributes = b"; Max-Age=%d; " % seconds + self.scope
        self.deletion = self._prefix + b"; Max-Age=0; " + self.scope

    def __call__(self, token: bytes) -> bytes:
        """The value of the header for `token`."""
        return self._prefix + token + self._attributes
