"""A store that cannot be used is one line for the operator, without the password."""

from __future__ import annotations

import asyncio

import pytest

from service.state.engine import StoreError
from service.state.store import Store
from tests.support.postgresql import PASSWORD
from tests.support.server_process import free_port

UNUSABLE = {
    "nobody listens": "postgresql+psycopg://postgres:{password}@127.0.0.1:{port}/postgres",
    "no such host": "postgresql+psycopg://postgres:{password}@no-such-host.invalid/postgres",
    "no such database": "postgresql+psycopg://postgres:{password}@127.0.0.1:{live}/absent",
    "no such user": "postgresql+psycopg://absent:{password}@127.0.0.1:{live}/postgres",
    "bad option": "postgresql+psycopg://postgres:{password}@127.0.0.1:{live}/postgres?sslmode=bogus",
    "unknown option": "postgresql+psycopg://postgres:{password}@127.0.0.1:{live}/postgres?password2={password}",
    "password among the options": "postgresql+psycopg://postgres@127.0.0.1:{port}/postgres?password={password}",
    "port not a number": "postgresql+psycopg://postgres:{password}@127.0.0.1:abc/postgres",
    "password with a slash": "postgresql+psycopg://postgres:{password}/x@127.0.0.1/postgres",
    "password with an at sign": "postgresql+psycopg://postgres:x@{password}@127.0.0.1:{port}/postgres",
    "port out of range": "postgresql+psycopg://postgres:{password}@127.0.0.1:99999/postgres",
    "no driver": "postgresql+nothing://postgres:{password}@127.0.0.1/postgres",
    "not a URL": "{password}",
    "SQLite in no folder": "sqlite:////nowhere/at/all/state.db",
    "SQLite that is a folder": "sqlite:////tmp",
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_store_is_one_line_without_password(case, postgresql):
    """Whatever is wrong with the URL or behind it, the message is one line that does not show the password."""
    url = UNUSABLE[case].format(password=PASSWORD, port=free_port(), live=postgresql.port)

    async def work():
        store = Store(url)
        try:
            await store.prepare()
        finally:
            await store.close()

    with pytest.raises(StoreError) as caught:
        asyncio.run(work())
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert PASSWORD not in message


def test_program_shows_no_password(start, postgresql, tmp_path):
    """Neither `check` nor `revoke` nor the running service's log and /readyz show the password of a broken store."""
    from tests.support.service import Service

    broken = UNUSABLE["nobody listens"].format(password=PASSWORD, port=free_port())
    operator = Service(tmp_path, DATABASE_URL=broken)
    Service(tmp_path).make_state()
    for command in (["check"], ["revoke", "--session", "s-1"]):
        done = operator.cli(*command, check=False)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert PASSWORD not in done.stderr + done.stdout
    running = start(folder=tmp_path, DATABASE_URL=broken)
    assert running.get("/readyz").status == 503
    assert PASSWORD.encode() not in running.get("/readyz").raw
    assert PASSWORD not in running.log.text()


def test_junk_file_is_one_line(tmp_path):
    """A file that is no SQLite database is refused in one line, and left as it is."""
    path = tmp_path / "state.db"
    path.write_bytes(b"junk" * 1000)

    async def work():
        store = Store(f"sqlite:///{path}")
        try:
            await store.prepare()
        finally:
            await store.close()

    with pytest.raises(StoreError, match="not a database"):
        asyncio.run(work())
    assert path.read_bytes() == b"junk" * 1000
