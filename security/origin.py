"""Which browser requests are allowed: Origin and Fetch Metadata (RFC 6454, W3C Fetch Metadata Request Headers)."""

from __future__ import annotations

from collections.abc import Container

from security.errors import Forbidden

TRUSTED_FETCH_SITES = (b"same-origin", b"none")


def check(origin: bytes | None, fetch_site: bytes | None, host: bytes | None, allowed: Container[bytes]) -> None:
    """Raises Forbidden if the request comes from a page of another origin that is not in `allowed`.

    The origin "null" never passes: any page can get it, in a sandboxed frame. Then Sec-Fetch-Site counts, if it is there:
    the browser sets it and no page can change it. Without it, the Origin must be
    allowed, or have the host and port of the Host header. A request with neither header does not come from a page of
    another origin.
    """
    if origin == b"null":
        raise Forbidden("origin: null")
    if fetch_site is not None:
        if fetch_site in TRUSTED_FETCH_SITES or (origin is not None and origin in allowed):
            return
        raise Forbidden("origin: another site, not allowed")
    if origin is None or origin in allowed:
        return
    if host is None or not _matches_host(origin, host):
        raise Forbidden("origin: another origin, not allowed")


def check_cookie_can_come(fetch_site: bytes | None) -> None:
    """Raises Forbidden for a page of another site: it sends no SameSite=Lax cookie, and to sign in again would not help."""
    if fetch_site == b"cross-site":
        raise Forbidden("cookie: none, and none comes from another site (SameSite=Lax)")


def _matches_host(origin: bytes, host: bytes) -> bool:
    """Whether `origin` (scheme://host[:port]) has the host and port of `host`, the scheme's default port left off."""
    scheme, _, authority = origin.lower().partition(b"://")
    default = {b"http": b":80", b"https": b":443"}.get(scheme)
    if not authority or default is None:
        return False
    return authority.removesuffix(default) == host.lower().removesuffix(default)
