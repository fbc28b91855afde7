"""The target of a request: its path and its host (RFC 9112 section 3.2, RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from security.errors import BadRequest

_AUTHORITY = rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?"  # RFC 3986 section 3.2.2

_HOST = re.compile(_AUTHORITY)
_ABSOLUTE = re.compile(rb"https?://(?=[^/?:])(" + _AUTHORITY + rb")(/.*)", re.IGNORECASE)
_UNRESERVED = re.compile(rb"%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE)


def path_of(target: bytes) -> str:
    """The path in a request target. Only percent-encoded letters, digits and "-._~" are decoded.

    All else stays encoded, so that %2F or %0A cannot change the route. Raises BadRequest unless the target is a path, an
    http or https URL with a path, or "*".
    """
    if not target.startswith(b"/") and target != b"*":
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise BadRequest("head: target")
        target = absolute[2]
    path = target.partition(b"?")[0]
    if b"%" in path:
        path = _UNRESERVED.sub(lambda found: bytes.fromhex(found[1].decode()), path)
    try:
        return path.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadRequest("head: target") from error


def authority_of(target: bytes) -> bytes | None:
    """The host and port in a target that is a URL: they count instead of Host (RFC 9112 section 3.2.2)."""
    absolute = None if target.startswith(b"/") else _ABSOLUTE.fullmatch(target)
    return None if absolute is None else absolute[1]


def check_host(http_version: str, headers: Mapping[bytes, Sequence[bytes]]) -> None:
    """Raises BadRequest unless there is one well-formed Host; HTTP/1.0 may leave it out (RFC 9112 section 3.2)."""
    hosts = headers.get(b"host", ())
    if len(hosts) != 1 and (hosts or http_version == "1.1"):
        raise BadRequest("host: missing or repeated")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise BadRequest("host: malformed")
