"""An address to listen on: how it is written, and how it is bound."""

from __future__ import annotations

import errno
import re
import socket
from ipaddress import IPv6Address
from typing import Any, NamedTuple

from typing_extensions import override

from service.http.limits import WRITE_SECONDS
from service.http.listener import ListeningSocket

BACKLOG = 2048
# Every connection inherits these from the listening socket. Without them the kernel grows its buffers to megabytes for
# clients that send without end or never read, and keeps a response for minutes after the connection is closed (tcp(7)).
SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 16384),
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 131072),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(WRITE_SECONDS * 1000)),
)
_WRITTEN = re.compile(r"(?:\[([^\[\]]+)\]|([^\[\]:]+)):([0-9]{1,5})", re.ASCII)  # as in a URL (RFC 3986 section 3.2)


class CannotListen(Exception):
    """The address cannot be used. The message is one line."""


class ListenAddress(NamedTuple):
    """A host, without brackets, and a port; 0 picks a free one."""

    host: str
    port: int

    @override
    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self) -> str:
        """The address as a URL: a zone is written with %25 (RFC 6874)."""
        return f"http://{self}".replace("%", "%25")


def read(text: str) -> ListenAddress | None:
    """The address in `text`; None if that is empty. Raises ValueError."""
    if not text:
        return None
    written = _WRITTEN.fullmatch(text)
    if written is None or int(written[3]) > 65535:
        raise ValueError("must be HOST:PORT, like 127.0.0.1:8081 or [::1]:8081, or empty")
    return ListenAddress(written[1] or written[2], int(written[3]))


def listen(address: ListenAddress, listener: str, option: str) -> ListeningSocket:
    """A socket that listens on `address` for that listener. Raises CannotListen, which names `option`."""
    host = address.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if not host:  # bind() would take it for every address; it is a variable that is not set
            raise OSError(errno.EINVAL, "no address")
        if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
            raise OSError(errno.EAFNOSUPPORT, "this machine has no IPv6; 0.0.0.0 is every address of IPv4")
        both = family == socket.AF_INET6 and IPv6Address(host).is_unspecified  # :: is every address, of IPv4 too
        # With the zone of a link-local address as a number, which bind() needs (RFC 4007 section 11).
        bound: Any = socket.getaddrinfo(*address, family, socket.SOCK_STREAM)[0][4] if ":" in host else tuple(address)
        plain = socket.create_server(bound, family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            said = f"the port is in use; name another one, or 0 to have a free one picked ({said})"
        raise CannotListen(f"{option}: {said}") from error
    for level, number, value in SOCKET_OPTIONS:
        plain.setsockopt(level, number, value)
    return ListeningSocket(plain, listener)
