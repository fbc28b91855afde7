"""`check`, and the one line that every command prints about a state directory or a database it cannot use."""

from __future__ import annotations

import pytest

from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner


@pytest.mark.parametrize("path", ["/proc/nowhere", "/dev/null", "/dev/null/state", "/usr", "/" + "a" * 300])
def test_state_directory_that_cannot_be_is_named(tmp_path, path):
    """Not makeable, not a folder, not private, too long a name."""
    assert_fails(CliRunner(tmp_path).run("check", check=False, STATE_DIR=path), 1, f"SESSION_REFRESH_STATE_DIR {path}")


def test_state_directory_is_made_private(tmp_path):
    """Mode 0700, its key file 0600; the default is .session-refresh in the working directory."""
    runner = CliRunner(tmp_path)
    del runner.environ["SESSION_REFRESH_STATE_DIR"]
    runner.run("keys", "list")
    state = tmp_path / ".session-refresh"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "keys.json").stat().st_mode & 0o777 == 0o600
    state.chmod(0o755)
    assert_fails(runner.cli("keys", "list", check=False), 1, "SESSION_REFRESH_STATE_DIR", "0700")


@pytest.mark.parametrize("name", ["a?b", "a?b=c", "a#b", "a%20b", "a b", "a@b:c", "ä"])
def test_state_directory_may_have_any_name(tmp_path, name):
    """What means something in a URL means nothing here: the database is made in the folder, and nowhere else."""
    runner = CliRunner(tmp_path)
    runner.run("revoke", "--session", "s", STATE_DIR=str(tmp_path / name))
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert "state.db" in [file.name for file in (tmp_path / name).iterdir()]


COMMANDS = [["revoke", "--session", "s"], ["check"], ["api-keys", "list"], ["api-keys", "revoke", "x"]]
COMMANDS += [["api-keys", "create", "--org", "o", "--version", "2026-02-01"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_database_out_of_reach_is_one_line_that_names_the_setting(runner, command):
    """A port where nothing listens, a folder that is not there: exit 1, and nothing is said to be done."""
    for url in ("postgresql+psycopg://u:p@127.0.0.1:1/d", "sqlite:////nonexistent/x.db"):
        assert_fails(runner.run(*command, check=False, DATABASE_URL=url), 1, "SESSION_REFRESH_DATABASE_URL")


def test_database_file_that_is_none_is_named(runner):
    """Garbage, or a folder, where the embedded database should be."""
    file = runner.state / "state.db"
    file.write_bytes(b"garbage" * 1000)
    assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_STATE_DIR", "not a database")
    file.unlink()
    file.mkdir()
    assert_fails(runner.run("revoke", "--session", "s", check=False), 1, "SESSION_REFRESH_STATE_DIR", "unable to open")


def test_shared_limits_out_of_reach_are_told_by_check(runner):
    """One line that names the setting."""
    assert_fails(
        runner.run("check", check=False, RATE_LIMIT_URL="redis://127.0.0.1:1"), 1, "SESSION_REFRESH_RATE_LIMIT_URL"
    )


def test_check_tells_all_that_is_wrong_a_line_each(runner):
    """Keys, store and limits at once; exit 1."""
    runner.keys_file.write_text("{}")
    done = runner.run(
        "check", check=False, RATE_LIMIT_URL="redis://127.0.0.1:1", DATABASE_URL="sqlite:////nonexistent/x.db"
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    for word in (str(runner.keys_file), "DATABASE_URL", "RATE_LIMIT_URL"):
        assert word in done.stderr


def test_check_of_a_good_place_says_so(runner):
    """Exit 0; in a fresh state directory too, without making keys."""
    assert runner.run("check").stdout == "everything is in place\n"
    runner.keys_file.unlink()
    assert runner.run("check").returncode == 0
    assert not runner.keys_file.exists()
