"""A real PgBouncer, Debian's, in transaction mode."""

from __future__ import annotations

import os
import shutil

import psycopg

from tests.support.postgresql import PASSWORD, PostgreSQL
from tests.support.server_process import ServerProcess


class PgBouncer(ServerProcess):
    """A pooler before `server`: each transaction gets any of three connections to it. `more` are lines of its settings."""

    def __init__(self, server: PostgreSQL, *more: str) -> None:
        super().__init__()
        lines = [
            "[databases]",
            f"* = host={server.address} port={server.port}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {self.port}",
            "unix_socket_dir =",
            "auth_type = plain",
            "auth_file = users",
            "pool_mode = transaction",
            "default_pool_size = 3",
            "server_round_robin = 1",
            *more,
        ]
        (self.folder / "settings").write_text("\n".join(lines) + "\n")
        (self.folder / "users").write_text(f'"postgres" "{PASSWORD}"\n')
        for path in (self.folder, *self.folder.iterdir()):
            if os.geteuid() == 0:
                shutil.chown(path, "nobody")

    def user(self) -> str | None:
        return "nobody" if os.geteuid() == 0 else None

    def command(self) -> list[str]:
        return ["pgbouncer", "settings"]

    def url(self, database: str) -> str:
        """What DATABASE_URL takes."""
        return f"postgresql+psycopg://postgres:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        try:
            psycopg.connect(
                f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres", connect_timeout=5
            ).close()
        except psycopg.OperationalError:
            return False
        return True
