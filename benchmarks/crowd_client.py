"""Many clients at once, in one process: all connect together, and each goes on asking as soon as it is answered."""

import errno
import itertools
import select
import socket
import time
from collections.abc import Sequence

from benchmarks.client import WrongAnswer, complete

SAMPLE_EVERY = 50  # clients


class _Client:
    def __init__(self, port: int, number: int) -> None:
        self.number = number
        self.request: int | None = None  # the number of its last one
        self.answer = b""
        self.first: float | None = None  # seconds from connecting to the end of the first answer
        self.began = time.perf_counter()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if (error := self.socket.connect_ex(("127.0.0.1", port))) not in (0, errno.EINPROGRESS):
            raise OSError(error, "a client cannot connect")


class Crowd:
    """The clients, connected until `close`."""

    def __init__(self, port: int, requests: Sequence[bytes], size: int) -> None:
        self.samples: list[tuple[int, bytes]] = []  # of the first answers
        self._poll = select.epoll()
        self._requests = requests
        self._next = itertools.cycle(range(len(requests)))
        self._clients: dict[int, _Client] = {}
        for number in range(size):
            client = _Client(port, number)
            self._clients[client.socket.fileno()] = client
            self._poll.register(client.socket, select.EPOLLOUT)

    def ask(self, seconds: float) -> list[float | None]:
        """Goes on for that long: when each client had its first answer, None where it had none."""
        end = time.perf_counter() + seconds
        clients = list(self._clients.values())
        while (left := end - time.perf_counter()) > 0:
            for descriptor, _ in self._poll.poll(left):
                client = self._clients[descriptor]
                try:
                    self._serve(client)
                except ConnectionError as error:
                    if client.first is not None:
                        raise WrongAnswer(f"the server closed a connection: {error}") from error
                    self._poll.unregister(descriptor)  # turned away: it has no first answer
        return [client.first for client in clients]

    def _serve(self, client: _Client) -> None:
        if client.request is None:
            if error := client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise ConnectionError(error, "refused")
            self._poll.modify(client.socket, select.EPOLLIN)
            self._ask(client)
            return
        received = client.socket.recv(65_536)
        if not received:
            raise ConnectionError(errno.ECONNRESET, f"after {client.answer!r}")
        client.answer += received
        if not complete(client.answer):
            return
        if not client.answer.startswith(b"HTTP/1.1 200 "):
            raise WrongAnswer(client.answer.decode("latin-1"))
        if client.first is None:
            client.first = time.perf_counter() - client.began
            if client.number % SAMPLE_EVERY == 0:
                self.samples.append((client.request, client.answer))
        self._ask(client)

    def _ask(self, client: _Client) -> None:
        client.answer = b""
        client.request = next(self._next)
        request = self._requests[client.request]
        if client.socket.send(request) != len(request):
            raise WrongAnswer("the server does not read its requests")

    def close(self) -> None:
        self._poll.close()
        for client in self._clients.values():
            client.socket.close()
