"""An HTTP client that sends a request as the bytes it is given, and keeps the responses as they came."""

from __future__ import annotations

import contextlib
import socket
from contextlib import suppress

from tests.support.replies import Reply, read_reply, split_replies


def request_bytes(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of a request that closes its connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Client:
    """Sends requests to a port of this machine. `secrets` collects every token that a response set as a cookie."""

    port: int
    secrets: set[str]

    def connect(self, seconds: float = 10.0) -> socket.socket:
        """A TCP connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def raw(self, request: bytes, seconds: float = 10.0) -> Reply:
        """Sends `request` as it is on a new connection, and reads until the response is complete."""
        with self.connect(seconds) as connection:
            connection.sendall(request)
            return self.note(read_reply(connection))

    def note(self, reply: Reply) -> Reply:
        """Remembers the token of a response, so that a test can look for it in the log."""
        self.secrets |= {cookie.partition(";")[0].partition("=")[2] for cookie in reply.all("set-cookie")}
        return reply

    def talk(self, *pieces: bytes, then_half_close: bool = False, seconds: float = 10.0) -> list[Reply]:
        """Sends `pieces` on one connection, reads until the service closes it, and gives all responses."""
        received = b""
        with self.connect(seconds) as connection:
            with suppress(ConnectionError):  # the service may refuse and close before the last piece
                for piece in pieces:
                    connection.sendall(piece)
                if then_half_close:
                    connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while more := connection.recv(65536):
                    received += more
        return [self.note(reply) for reply in split_replies(received)]

    def request(
        self, *headers: str, method: str = "POST", path: str = "/api/v1/auth/refresh", body: bytes = b""
    ) -> Reply:
        """A request with these headers and no others, but Host and Connection."""
        return self.raw(request_bytes(method, path, *headers, body=body))

    def get(self, path: str, *headers: str) -> Reply:
        """GET."""
        return self.request(*headers, method="GET", path=path)

    def refresh(self, token: str | None, *headers: str, body: bytes = b"") -> Reply:
        """The documented call, with the token in its cookie, and more headers, each as "Name: value"."""
        cookie = () if token is None else (f"Cookie: vk_org_token={token}",)
        return self.request(*cookie, *headers, body=body)

    def refresh_at_once(self, token: str, count: int = 32) -> list[Reply]:
        """The documented call over `count` connections that are open at the same time: workers share such a crowd.

        One connection after the other may always be accepted by the same worker.
        """
        request = request_bytes("POST", "/api/v1/auth/refresh", f"Cookie: vk_org_token={token}")
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(self.connect()) for _ in range(count)]
            for connection in connections:
                connection.sendall(request)
            return [self.note(read_reply(connection)) for connection in connections]
