"""API keys: generating them, hashing them, and checking whether one is active."""

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
    """The stored form of a key: its SHA-256, never the key itself. Times in unix seconds. If `networks` is empty, any address."""

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
    """The interface to the stored keys."""

    def find(self, digest: str) -> ApiKey | None:
        """The key with that digest, including revoked keys; None if there is none."""


def network(text: str) -> Network:
    """The network written in `text`. One of IPv4 may be written in its IPv6 form (RFC 4291 section 2.5.5.2). Raises ValueError."""
    parsed = ipaddress.ip_network(text)
    if isinstance(parsed, ipaddress.IPv6Network) and parsed.prefixlen >= 96:
        mapped = parsed.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.IPv4Network((mapped, parsed.prefixlen - 96))
    return parsed


def generate(*, sandbox: bool) -> str:
    """A new key with 256 random bits. That is too many to guess, so a plain digest is enough to store it (ASVS 2.4)."""
    return ("vk_sandbox_" if sandbox else "vk_live_") + secrets.token_urlsafe(32)


def digest(key: bytes) -> str:
    """The SHA-256 of `key` in hexadecimal, by which it is looked up."""
    return hashlib.sha256(key).hexdigest()


def check(key: ApiKey | None, organisation: str, address: str, now: float) -> ApiKey:
    """`key`, if it is active at `now` (unix seconds) for a session of `organisation` and a caller at `address`.

    Raises Unauthorized otherwise, also for an unknown key (None).
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
