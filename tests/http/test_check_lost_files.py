"""`check`, where a file of the embedded service is gone: a restart would replace it."""

from __future__ import annotations

from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner


def test_key_file_that_is_gone_is_told_before_a_restart_makes_another(start):
    """While its database is there, the service has run before: a new key would sign everybody out."""
    service = start()
    (service.state / "keys.json").rename(service.state / "aside")
    assert_fails(service.run("check", check=False), 1, "keys.json", "Put it back")
    (service.state / "aside").rename(service.state / "keys.json")
    assert service.run("check").stderr == ""


def test_database_that_is_gone_is_warned_of(tmp_path):
    """With a key and no database this may be a first start, or revocations that a restart would forget."""
    runner = CliRunner(tmp_path)
    runner.state.mkdir(mode=0o700)
    runner.run("keys", "add")
    done = runner.run("check")
    assert done.stdout == "everything is in place\n"
    assert "state.db: not there" in done.stderr
    assert not (runner.state / "state.db").exists()
