"""One HTTP response as it came over the socket, and how responses are read from a connection."""

from __future__ import annotations

import json
import re
import socket
from typing import Any


class Reply:
    """One HTTP response."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if raw else 0
        self.headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines[1:])]

    def all(self, name: str) -> list[str]:
        """The values of every header called `name`."""
        return [value for known, value in self.headers if known == name.lower()]

    def header(self, name: str) -> str | None:
        """The value of the one header called `name`, or None."""
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def split_replies(received: bytes) -> list[Reply]:
    """The responses in what was received on one connection, none of them to HEAD."""
    replies = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        found = re.search(rb"\r\ncontent-length: ([0-9]+)", head.lower())
        length = int(found[1]) if found else 0
        replies.append(Reply(head + b"\r\n\r\n" + rest[:length]))
        received = rest[length:]
    return replies


def read_all(connection: socket.socket) -> bytes:
    """All bytes until the connection is closed."""
    received = b""
    while more := connection.recv(65536):
        received += more
    return received


def read_reply(connection: socket.socket) -> Reply:
    """Reads one response: to the end of its body by Content-Length, or to the end of the connection."""
    received = b""
    while True:
        head, separator, body = received.partition(b"\r\n\r\n")
        if separator:
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if lengths and len(body) >= int(lengths[0].split(b":")[1]):
                return Reply(received)
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return Reply(received)
        received += more
