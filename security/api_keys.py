"""API keys: made once, known by their digest, and when one holds."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from typing import Protocol

from security.errors import Unauthorized

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is stored of a key: never the key itself, only its SHA-256. Times in unix seconds; no networks: any."""

    key_id: str
    digest: str
    organisation: str
    version: str
    sandbox: bool
    created_at: int
    expires_at: int | None = None
    networks: tuple[Network, ...] = ()
    revoked_at: int | None = None


class ApiKeys(Protocol):
    """The port to the keys on record."""

    def find(self, digest: str) -> ApiKey | None:
        """The key of that digest, revoked ones included."""


def generate(*, sandbox: bool) -> str:
    """A new key with 256 random bits: too many to guess, so a plain digest is enough to store it (ASVS 2.4)."""
    return ("vk_sandbox_" if sandbox else "vk_live_") + secrets.token_urlsafe(32)


def digest(key: bytes) -> str:
    """The SHA-256 of `key` in hexadecimal, by which it is found."""
    return hashlib.sha256(key).hexdigest()


def check(key: ApiKey | None, organisation: str, address: str, now: float) -> ApiKey:
    """`key`, if it holds for a session of `organisation` called from `address` at `now` (unix seconds).

    Raises Unauthorized otherwise, unknown keys (None) included.
    """
    if key is None:
        raise Unauthorized("api key: unknown")
    if key.revoked_at is not None:
        raise Unauthorized("api key: revoked")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthorized("api key: expired")
    if key.organisation != organisation:
        raise Unauthorized("api key: of another organisation")
    if key.networks and not _is_in(address, key.networks):
        raise Unauthorized("api key: not from this address")
    return key


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(caller, "ipv4_mapped", None)  # RFC 4291 section 2.5.5.2: an IPv4 peer of a dual-stack socket
    return any((mapped or caller) in network for network in networks)
