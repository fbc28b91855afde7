"""`migrate`, and what `serve` says to tables that are not those of its version."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.stores.tables import OLDER
from tests.support.assertions import assert_fails
from tests.support.service import Service


def make_older(database, number="2"):
    """Makes the tables those of an older version."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in OLDER[number]:
            connection.execute(statement)
        connection.execute("UPDATE session_refresh_schema SET version_num = ?", [number])
        connection.commit()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_service_brings_an_embedded_database_up_to_date(start, workers):
    """Revocations of an older version's database are in force after the start, and new ones too."""
    service = start("--workers", workers)
    token = service.sign(sid="s-1")
    service.cli("revoke", "--session", "s-1")
    service.stop()
    make_older(service.state / "state.db")
    assert_fails(service.cli("revoke", "--session", "s-2", check=False), 1, "number 2", "migrate")
    service.start()
    assert service.refresh(token).status == 401
    service.cli("revoke", "--session", "s-2")
    assert service.cli("migrate").stdout == "the tables are up to date\n"


def test_migrate_brings_a_shared_database_up_to_date(tmp_path, postgresql, start):
    """`serve` refuses an older one in a line, because other machines may use it; after `migrate` it starts."""
    url = postgresql.new_database()
    keys = str(tmp_path / "keys.json")
    operator = Service(tmp_path, KEYS_FILE=keys, DATABASE_URL=url)
    operator.run("keys", "add")
    operator.make_state()
    with postgresql.connect(url.rpartition("/")[2]) as connection:
        for statement in OLDER["2"]:
            connection.execute(statement)
        connection.execute("UPDATE session_refresh_schema SET version_num = '2'")
    for command in (["serve", "--port", "0"], ["check"], ["revoke", "--session", "s"]):
        done = operator.cli(*command, check=False)
        assert_fails(done, 1, "SESSION_REFRESH_DATABASE_URL", "number 2", "session-refresh migrate")
    assert operator.run("migrate").stdout == "the tables were brought up to date\n"
    service = start(KEYS_FILE=keys, DATABASE_URL=url)
    assert service.refresh(service.login()).status == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_tables_of_a_newer_version_are_refused_in_a_line(runner, workers):
    """Every command, `serve` and `migrate` included, leaves them as they are."""
    with closing(sqlite3.connect(runner.state / "state.db")) as connection:
        connection.execute("UPDATE session_refresh_schema SET version_num = '77'")
        connection.commit()
    before = (runner.state / "state.db").read_bytes()
    commands = [["serve", "--port", "0", "--workers", workers], ["check"], ["revoke", "--session", "s"], ["migrate"]]
    for command in commands:
        assert_fails(runner.cli(*command, check=False), 1, "number 77, made by a newer version")
    assert (runner.state / "state.db").read_bytes() == before
