"""Where the name of a server points, looked up again and again beside the connections that were made by it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket


class ServerName:
    """Looks names up in the background: a name server that does not answer delays nobody, and changes nothing."""

    def __init__(self) -> None:
        self._found: dict[str, frozenset[str]] = {}
        self._lookup: asyncio.Task[None] | None = None

    def left(self, host: str, address: str) -> bool:
        """Whether `host` is known to point elsewhere than to `address`, where a connection leads. Begins a new lookup."""
        if _is_address(host):
            return False
        known = self.addresses(host)
        return bool(known) and address not in known

    def addresses(self, host: str) -> frozenset[str]:
        """The addresses of `host`, by the last lookup that has ended; empty if none has. Begins a new one."""
        if self._lookup is None or self._lookup.done():
            self._lookup = asyncio.get_running_loop().create_task(self._look_up(host))
        return self._found.get(host, frozenset())

    async def _look_up(self, host: str) -> None:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            return
        self._found[host] = frozenset(str(address[0]) for *_, address in found)

    def close(self) -> None:
        """Ends what is still being looked up."""
        if self._lookup is not None:
            self._lookup.cancel()


def _is_address(host: str) -> bool:
    """Whether `host` needs no lookup: an address, or the folder of a socket."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.startswith("/") or not host
    return True
