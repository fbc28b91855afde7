"""The listeners of a worker, and the listening sockets that lead to them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Coroutine
from multiprocessing.reduction import DupFd
from typing import Any, NamedTuple

from starlette.types import Receive, Scope, Send
from typing_extensions import override

PUBLIC, INTERNAL = "public", "internal"


class Listener(NamedTuple):
    """What the connections of one listener share. Of a request's headers only `request_headers` are kept."""

    application: Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
    request_headers: frozenset[bytes]
    max_body_bytes: int


class ListeningSocket(socket.socket):
    """A listening socket that knows its listener by name, in every worker that it is passed to.

    So the socket alone decides which application gets a request: nothing that a client sends, and no address, is asked.
    """

    def __init__(self, plain: socket.socket, listener: str) -> None:
        """Takes the place of `plain`."""
        super().__init__(plain.family, plain.type, plain.proto, plain.detach())
        self.listener = listener

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """How it is passed to a worker that is started: as multiprocessing passes sockets, and with its name."""
        return _received, (DupFd(self.fileno()), self.family, self.type, self.proto, self.listener)


def _received(descriptor: Any, family: int, kind: int, number: int, listener: str) -> ListeningSocket:
    return ListeningSocket(socket.socket(family, kind, number, descriptor.detach()), listener)
