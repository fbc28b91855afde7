"""The databases that are measured: a PostgreSQL that keeps what it has said, and revocations by the million."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import text

from benchmarks.servers import Server
from service.state.store import Store
from tests.support.postgresql import PostgreSQL
from tests.support.server_process import ServerProcess

KEPT = (
    30 * 86400 + 28_800
)  # the revocations are spread over so many seconds before now: as long as they are kept by default
# Names of 22 characters, as the README's login service makes them.
_NAME = {
    "postgresql": "substr(translate(encode(sha256(n::text::bytea), 'base64'), '+/', '-_'), 1, 22)",
    "sqlite": "lower(hex(randomblob(11)))",
}
_NOW = {"postgresql": "extract(epoch FROM now())::bigint", "sqlite": "unixepoch()"}
_NUMBERS = {
    "postgresql": "SELECT n FROM generate_series({first}::bigint, {last}::bigint) n",
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
    "SELECT n FROM numbers",
}
_INSERT = (
    "INSERT INTO session_refresh_revocations (seq, revoked_at, session_id, organisation, subject) "
    "SELECT n, {now} - {spread} + (n - {first}) * {spread} / {count}, {name}, '', '' FROM ({numbers}) made"
)
_EPOCH = "INSERT INTO session_refresh_changes SELECT value, 'epoch of ' || value FROM session_refresh_sequence"
_TABLES = ("revocations", "audit", "changes")

Running = TypeVar("Running", bound=ServerProcess)


class DurablePostgreSQL(PostgreSQL):
    """With its own settings but for the number of connections: a commit is on the disk when it returns."""

    def __init__(self, max_connections: int = 100) -> None:
        self._max_connections = max_connections
        super().__init__()

    def command(self) -> list[str]:
        command = super().command()
        command[command.index("fsync=off")] = f"max_connections={self._max_connections}"
        return command

    def cpu_seconds(self) -> float:
        """What those of its processes took that are there now."""
        assert self.process is not None
        return sum(map(backend_seconds, Server("postgresql", self.port, self.process.pid).processes()))


def backend_seconds(pid: int) -> float:
    """What a process with one thread took: in nanoseconds (proc(5), schedstat), not in the ticks of /proc/PID/stat.

    Of two hundred backends each takes less than a tick for what is measured.
    """
    with contextlib.suppress(OSError):  # it has ended
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0


@contextlib.contextmanager
def served(server: Running) -> Iterator[Running]:
    """The server runs until the block ends, and leaves nothing behind."""
    try:
        server.start()
        yield server
    finally:
        server.remove()


def make_tables(url: str) -> None:
    async def work() -> None:
        store = Store(url)
        await store.prepare()
        await store.close()

    asyncio.run(work())


def execute(url: str, *statements: str) -> list[Any]:
    """The rows of the last one."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            results = [connection.execute(text(each)) for each in statements]
            return list(results[-1]) if results[-1].returns_rows else []
    finally:
        engine.dispose()


def revoke_many(url: str, count: int, spread: int = KEPT) -> None:
    """Revokes so many sessions at once, past the store, as if over the last `spread` seconds."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    ((last,),) = execute(url, "SELECT value FROM session_refresh_sequence")
    numbers = _NUMBERS[kind].format(first=last + 1, last=last + count)
    insert = _INSERT.format(
        now=_NOW[kind], spread=spread, first=last + 1, count=count, name=_NAME[kind], numbers=numbers
    )
    execute(url, insert, f"UPDATE session_refresh_sequence SET value = value + {count}", _EPOCH)


def another_epoch(url: str) -> None:
    """What a restored back-up looks like to those who read the database before."""
    execute(url, "UPDATE session_refresh_changes SET epoch = 'restored'")


def table_bytes(url: str) -> dict[str, dict[str, int]]:
    """Of a PostgreSQL: rows, and bytes of each table and of its indexes."""
    found = {}
    for name in _TABLES:
        table = f"session_refresh_{name}"
        ((rows, own, indexes),) = execute(
            url, f"SELECT (SELECT count(*) FROM {table}), pg_table_size('{table}'), pg_indexes_size('{table}')"
        )
        found[name] = {"rows": rows, "table": own, "indexes": indexes}
    return found
