"""Our own client: the load generator where wrk is not installed, and everywhere what looks at whole answers.

One thread, one epoll, a request in flight on every connection.
"""

import itertools
import random
import re
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

SILENCE = 10.0
SAMPLE_EVERY = 251  # a prime: the samples walk through all sessions
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


Samples = Sequence[tuple[int, bytes]]  # the number of a request, and the answer to it


class WrongAnswer(Exception):
    """A server answered something else than what is measured; its figures would mean nothing."""


@dataclass(frozen=True)
class Run:
    """One server under load for a few seconds."""

    answered: int
    seconds: float
    p50: float  # milliseconds from a request's sending to the end of its answer
    p99: float
    generator_busy: float  # share of the time in which the generator itself used its core
    samples: Samples = ()

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


class _Connection:
    __slots__ = ("answer", "number", "sent", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.answer = b""
        self.number = 0
        self.sent = 0

    def ask(self, number: int, request: bytes) -> None:
        self.number = number
        self.answer = b""
        self.sent = time.perf_counter_ns()
        if self.socket.send(request) != len(request):
            raise WrongAnswer("the server does not read its requests")


def sample(port: int, requests: Sequence[bytes], number: int) -> Samples:
    """Some of the requests, one after the other on one connection, and their whole answers."""
    with socket.create_connection(("127.0.0.1", port), SILENCE) as connection:
        return [(place, ask(connection, requests[place])) for place in random.sample(range(len(requests)), number)]


def ask(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    answer = b""
    while not complete(answer):
        received = connection.recv(65_536)
        if not received:
            raise WrongAnswer(f"the server closed a connection: {answer!r}")
        answer += received
    return answer


def drive(port: int, requests: Sequence[bytes], connections: int, seconds: int) -> Run:
    """Sends the requests round robin, each as soon as its connection is free, for that many seconds."""
    numbers = itertools.cycle(range(len(requests)))
    poll = select.epoll()
    open_: dict[int, _Connection] = {}
    try:
        for _ in range(connections):
            connection = _Connection(port)
            open_[connection.socket.fileno()] = connection
            poll.register(connection.socket, select.EPOLLIN)
        return _exchange(poll, open_, requests, numbers, seconds)
    finally:
        poll.close()
        for connection in open_.values():
            connection.socket.close()


def _exchange(
    poll: select.epoll,
    connections: dict[int, _Connection],
    requests: Sequence[bytes],
    numbers: "itertools.cycle[int]",
    seconds: float,
) -> Run:
    clock = time.perf_counter_ns
    latencies: list[int] = []
    samples: list[tuple[int, bytes]] = []
    busy = time.process_time()
    start = clock()
    end = start + int(seconds * 1e9)
    for connection in connections.values():
        number = next(numbers)
        connection.ask(number, requests[number])
    in_flight = len(connections)
    while in_flight:
        ready = poll.poll(SILENCE)
        if not ready:
            raise WrongAnswer(f"no answer within {SILENCE:.0f} s")
        for descriptor, _ in ready:
            connection = connections[descriptor]
            received = connection.socket.recv(65_536)
            answer = connection.answer + received if connection.answer else received
            if not received:
                raise WrongAnswer(f"the server closed a connection: {answer!r}")
            if not complete(answer):
                connection.answer = answer
                continue
            now = clock()
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise WrongAnswer(answer.decode("latin-1"))
            if now >= end:  # what is still in flight at the end is read, and not counted
                in_flight -= 1
                continue
            latencies.append(now - connection.sent)
            if len(latencies) % SAMPLE_EVERY == 1:
                samples.append((connection.number, answer))
            number = next(numbers)
            connection.ask(number, requests[number])
    busy = time.process_time() - busy
    elapsed = (clock() - start) / 1e9
    latencies.sort()
    return Run(
        answered=len(latencies),
        seconds=seconds,
        p50=percentile(latencies, 0.50) / 1e6,
        p99=percentile(latencies, 0.99) / 1e6,
        generator_busy=busy / elapsed,
        samples=samples,
    )


def percentile(times: Sequence[float], share: float) -> float:
    """The time within which `share` of the answers came; `times` are sorted."""
    return times[min(int(len(times) * share), len(times) - 1)]


def complete(answer: bytes) -> bool:
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = _LENGTH.search(answer, 0, head)
    if length is None:
        raise WrongAnswer(f"an answer without Content-Length: {answer[:head]!r}")
    return len(answer) >= head + 4 + int(length[1])
