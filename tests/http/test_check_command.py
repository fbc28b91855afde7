"""`check`, and the one line that every command prints about a state directory or a database it cannot use."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from service.cli.check import KEEPER_SECONDS
from tests.support import other_user, versions
from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner


@pytest.mark.parametrize("path", ["/proc/nowhere", "/dev/null", "/dev/null/state", "/usr", "/" + "a" * 300])
def test_state_directory_that_cannot_be_is_named(tmp_path, path):
    """The line names a directory that cannot be created, is no folder, is not private, or has too long a name."""
    assert_fails(CliRunner(tmp_path).run("check", check=False, STATE_DIR=path), 1, f"SESSION_REFRESH_STATE_DIR {path}")


@pytest.mark.parametrize("name", ["a?b", "a?b=c", "a#b", "a%20b", "a b", "a@b:c", "ä"])
def test_state_directory_may_have_any_name(tmp_path, name):
    """Characters with a meaning in URLs have none here: the database is created in the directory, and nowhere else."""
    runner = CliRunner(tmp_path)
    runner.environ["SESSION_REFRESH_STATE_DIR"] = str(tmp_path / name)
    runner.make_state()
    runner.run("revoke", "--session", "s")
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert "state.db" in [file.name for file in (tmp_path / name).iterdir()]


@pytest.mark.parametrize(("seconds", "warned"), [("0", False), ("989", True), ("990", False)])
def test_idle_timeout_shorter_than_the_keepers_interval_is_warned_of(runner, seconds, warned):
    """A page at work would be signed out between two refreshes. That may be meant, so it is no error."""
    done = runner.run("check", IDLE_TIMEOUT=seconds)
    assert done.stdout == "everything is in place\n"
    assert bool(done.stderr) is warned
    assert done.stderr.count("\n") == warned
    assert ("SESSION_REFRESH_IDLE_TIMEOUT" in done.stderr) is warned


def test_that_interval_is_the_keepers():
    """The number that `check` knows is the one of session-keeper's defaults."""
    source = (Path(__file__).parents[2] / "dashboard" / "session-keeper.js").read_text()
    defaults = dict(re.findall(r"^    (interval|jitter) = ([0-9_.]+),$", source, re.MULTILINE))
    interval, jitter = float(defaults["interval"]), float(defaults["jitter"])
    assert round(interval / 1000 * (1 + jitter)) == KEEPER_SECONDS


COMMANDS = [["revoke", "--session", "s"], ["check"], ["api-keys", "list"], ["api-keys", "revoke", "x"], ["audit"]]
COMMANDS += [["api-keys", "create", "--org", "o", "--version", versions.DEFAULT]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_database_out_of_reach_is_one_line_that_names_the_setting(runner, command):
    """The command exits with 1 when nobody listens on the port, or the folder is missing."""
    for url in ("postgresql+psycopg://u:p@127.0.0.1:1/d", "sqlite:////nonexistent/x.db"):
        assert_fails(runner.run(*command, check=False, DATABASE_URL=url), 1, "SESSION_REFRESH_DATABASE_URL")


def test_database_file_that_is_none_is_named(runner):
    """The line tells of garbage or a folder in the place of the embedded database."""
    file = runner.state / "state.db"
    file.write_bytes(b"garbage" * 1000)
    assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_STATE_DIR", "not a database")
    file.unlink()
    file.mkdir()
    assert_fails(runner.run("revoke", "--session", "s", check=False), 1, "SESSION_REFRESH_STATE_DIR", "unable to open")


def test_shared_limits_out_of_reach_are_told_by_check(runner):
    """`check` prints one line that names the setting."""
    assert_fails(
        runner.run("check", check=False, RATE_LIMIT_URL="redis://127.0.0.1:1"), 1, "SESSION_REFRESH_RATE_LIMIT_URL"
    )


def test_check_tells_all_that_is_wrong_a_line_each(runner):
    """Faults in keys, store and limits are reported at once, with exit status 1."""
    runner.keys_file.write_text("{}")
    done = runner.run(
        "check", check=False, RATE_LIMIT_URL="redis://127.0.0.1:1", DATABASE_URL="sqlite:////nonexistent/x.db"
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    for word in (str(runner.keys_file), "DATABASE_URL", "RATE_LIMIT_URL"):
        assert word in done.stderr


def contents(folder):
    """Every file and directory below, with its mode and bytes."""
    return {
        path.relative_to(folder): (path.stat().st_mode, b"" if path.is_dir() else path.read_bytes())
        for path in folder.rglob("*")
    }


def test_check_of_a_good_place_says_so_and_changes_nothing(runner, tmp_path):
    """`check` exits with 0, also where the first start will make the state directory, the key file or the database."""
    runner.run("revoke", "--session", "s")
    before = contents(tmp_path)
    assert runner.run("check").stdout == "everything is in place\n"
    assert contents(tmp_path) == before
    (runner.state / "state.db").unlink()
    assert runner.run("check").returncode == 0
    runner.keys_file.unlink()
    assert runner.run("check").returncode == 0
    new = tmp_path / "new"
    assert runner.run("check", STATE_DIR=str(new / "state")).returncode == 0
    assert not new.exists()
    assert not runner.keys_file.exists()


BROKEN = {
    "a column is missing": ("ALTER TABLE session_refresh_api_keys DROP COLUMN networks", "networks"),
    "a column has another name": ("ALTER TABLE session_refresh_changes RENAME COLUMN epoch TO mark", "epoch"),
    "a table is missing": ("DROP TABLE session_refresh_revocations", "session_refresh_revocations"),
    "a newer version made it": ("UPDATE session_refresh_schema SET version_num = '77'", "77"),
    "it refuses a row": (
        "CREATE TRIGGER no BEFORE INSERT ON session_refresh_revocations BEGIN SELECT RAISE(ABORT, 'no row'); END", "no row"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_check_tries_what_the_service_will_do(runner, name):
    """Tables that the service could not work with are told in a line."""
    statement, word = BROKEN[name]
    with closing(sqlite3.connect(runner.state / "state.db")) as database:
        database.execute(statement)
        database.commit()
    assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_STATE_DIR", word)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk, or make files of others")
def test_check_tells_of_a_disk_without_room(runner, tmp_path):
    """A full disk is told before the service meets it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
    try:
        runner.environ["SESSION_REFRESH_STATE_DIR"] = str(disk / "state")
        runner.make_state()
        runner.run("check")
        (disk / "ballast").write_bytes(bytes(1_300_000))
        assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_STATE_DIR", "No space left on device")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_STATE_DIR", "not ours to write")
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk, or make files of others")
@pytest.mark.parametrize("name", ["state.db", "keys.json"])
def test_check_by_root_tells_of_files_that_stop_the_service(name):
    """Root can use its own files in the directory of the service's user; the service cannot."""
    with other_user.folder() as folder:
        runner = CliRunner(folder)
        runner.make_state()
        other_user.give(runner.state)
        assert runner.run("check").returncode == 0
        os.chown(runner.state / name, 0, 0)
        assert_fails(runner.run("check", check=False), 1, name, "belongs to user 0, and its directory to user 4711")


def test_role_that_may_not_write_is_told(runner, postgresql):
    """A role of PostgreSQL that may only read, or not every table, is told."""
    url = postgresql.new_database()
    runner.environ["SESSION_REFRESH_DATABASE_URL"] = url
    assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_DATABASE_URL", "no tables yet")
    runner.make_state()
    assert runner.run("check").returncode == 0
    with postgresql.connect(url.rpartition("/")[2]) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        as_reader = url.replace("postgres:", "reader:")
        assert_fails(runner.run("check", check=False, DATABASE_URL=as_reader), 1, "permission denied")
        connection.execute("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reader")
        assert runner.run("check", DATABASE_URL=as_reader).returncode == 0
        connection.execute("REVOKE DELETE ON session_refresh_revocations FROM reader")
        assert_fails(runner.run("check", check=False, DATABASE_URL=as_reader), 1, "permission denied")
        connection.execute("DROP OWNED BY reader")
        connection.execute("DROP ROLE reader")
