"""Only `serve` makes state: every other command refuses what is not there, and names where it looked."""

from __future__ import annotations

import os

import pytest

from tests.http.test_check_command import COMMANDS
from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner

OTHERS = [*COMMANDS, ["keys", "list"], ["keys", "export"], ["keys", "promote", "k"], ["keys", "retire", "k"]]
OTHERS += [["login", "--sub", "u", "--org", "o"], ["migrate"], ["keys", "add"]]


@pytest.mark.parametrize("command", [each for each in OTHERS if each != ["check"]], ids=" ".join)
def test_no_command_makes_state(tmp_path, command):
    """In a directory without state every command but `serve` fails, names where it looked, and makes nothing."""
    done = CliRunner(tmp_path).run(*command, check=False)
    assert_fails(done, 1, str(tmp_path / "state"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [each for each in OTHERS if each[0] not in ("keys", "login")], ids=" ".join)
def test_no_command_makes_tables(runner, postgresql, command):
    """On an empty shared database every command but `serve` fails, and leaves it empty."""
    url = postgresql.new_database()
    assert_fails(
        runner.run(*command, check=False, DATABASE_URL=url), 1, "SESSION_REFRESH_DATABASE_URL", "no tables yet"
    )
    with postgresql.connect(url.rpartition("/")[2]) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_keys_add_makes_a_key_file_where_its_directory_is(tmp_path):
    """Its first key signs; the file is the owner's alone, whatever the umask."""
    runner = CliRunner(tmp_path, KEYS_FILE=str(tmp_path / "keys.json"))
    before = os.umask(0)
    try:
        kid = runner.run("keys", "add").stdout.strip()
    finally:
        os.umask(before)
    assert runner.keys_file.stat().st_mode & 0o777 == 0o600
    assert runner.run("keys", "list").stdout.startswith(f"{kid}\tEdDSA\tsigns")
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
