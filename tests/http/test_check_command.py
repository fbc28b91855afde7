"""`check`, and the one line that every command prints about a state directory or a database it cannot use."""

from __future__ import annotations

import pytest

from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner


@pytest.mark.parametrize("path", ["/proc/nowhere", "/dev/null", "/dev/null/state", "/usr", "/" + "a" * 300])
def test_state_directory_that_cannot_be_is_named(tmp_path, path):
    """The line names a directory that cannot be created, is no folder, is not private, or has too long a name."""
    assert_fails(CliRunner(tmp_path).run("check", check=False, STATE_DIR=path), 1, f"SESSION_REFRESH_STATE_DIR {path}")


def test_state_directory_is_made_private(tmp_path):
    """The directory has mode 0700 and its key file 0600. By default it is .session-refresh in the working directory."""
    runner = CliRunner(tmp_path)
    del runner.environ["SESSION_REFRESH_STATE_DIR"]
    runner.run("keys", "list")
    state = tmp_path / ".session-refresh"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "keys.json").stat().st_mode & 0o777 == 0o600
    state.chmod(0o755)
    assert_fails(runner.run("keys", "list", check=False), 1, "SESSION_REFRESH_STATE_DIR", "0700")


@pytest.mark.parametrize("name", ["a?b", "a?b=c", "a#b", "a%20b", "a b", "a@b:c", "ä"])
def test_state_directory_may_have_any_name(tmp_path, name):
    """Characters with a meaning in URLs have none here: the database is created in the directory, and nowhere else."""
    runner = CliRunner(tmp_path)
    runner.run("revoke", "--session", "s", STATE_DIR=str(tmp_path / name))
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert "state.db" in [file.name for file in (tmp_path / name).iterdir()]


COMMANDS = [["revoke", "--session", "s"], ["check"], ["api-keys", "list"], ["api-keys", "revoke", "x"]]
COMMANDS += [["api-keys", "create", "--org", "o", "--version", "2026-02-01"]]


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


def test_check_of_a_good_place_says_so(runner):
    """`check` exits with 0. In a new state directory it does so too, and creates no keys."""
    assert runner.run("check").stdout == "everything is in place\n"
    runner.keys_file.unlink()
    assert runner.run("check").returncode == 0
    assert not runner.keys_file.exists()
