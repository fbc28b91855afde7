"""Who the client is: our peer, or the address that the trusted proxies before us name in X-Forwarded-For."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

MAX_REMEMBERED, MAX_REMEMBERED_BYTES = 1024, 256  # how many, and of what length


def plain(address: str) -> str:
    """`address` in its one form: of an IPv4-mapped one the IPv4 address (RFC 4291 section 2.5.5.2), no zone (RFC 4007).

    A socket that serves both families shows the peers of IPv4 so. Raises ValueError if it is no address.
    """
    parsed = ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


class TrustedProxies:
    """The peers whose X-Forwarded-For counts."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network) for network in networks)
        # To parse an address takes 3 µs, and a proxy names the same clients again and again.
        self._trusts = lru_cache(MAX_REMEMBERED)(self._is_trusted)
        self._client_of = lru_cache(MAX_REMEMBERED)(self._find_client)

    def __contains__(self, address: str) -> bool:
        return self._trusts(address)

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def client(self, peer: str, forwarded: Sequence[bytes]) -> str:
        """The client of a trusted `peer`, which sent the headers `forwarded`.

        Each proxy adds, on the right, the address it was called from. So the client is the first from the right that is
        no proxy of ours; what stands left of it, anybody may have made up. If that is no address, it is `peer`.
        """
        joined = b",".join(forwarded)
        find = self._client_of if len(joined) <= MAX_REMEMBERED_BYTES else self._find_client
        return find(peer, joined)

    def _find_client(self, peer: str, forwarded: bytes) -> str:
        client = peer
        for entry in reversed(forwarded.decode("latin-1").split(",")):
            try:
                client = plain(_without_port(entry.strip()))
            except ValueError:
                return peer
            if client not in self:
                break
        return client


def _without_port(entry: str) -> str:
    """The address in an entry like 192.0.2.1:4711 or [2001:db8::1]:4711."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
