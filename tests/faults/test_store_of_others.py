"""Commands by root on a database file in another user's folder: they work, and links there lead root nowhere."""

from __future__ import annotations

import json
import os

import pytest

from tests.support import other_user
from tests.support.cli_runner import CliRunner
from tests.support.other_user import GROUP, USER

pytestmark = pytest.mark.skipif(not other_user.is_root(), reason="only root can be another user")

COMMANDS = [["revoke", "--session", "s"], ["keys", "add"], ["api-keys", "list"], ["audit"], ["check"]]


@pytest.fixture
def of_user():
    """A state directory of another user's, who can get there."""
    with other_user.folder() as folder:
        runner = CliRunner(folder)
        runner.make_state()
        other_user.give(runner.state)
        yield runner


def identity():
    return (os.getresuid(), os.getresgid(), os.getgroups())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_root_works_on_the_store_of_its_service(of_user, command):
    """The files stay whose they are, and root is root again afterwards, and is recorded as root."""
    before = identity()
    of_user.run(*command)
    assert identity() == before
    assert {path.stat().st_uid for path in of_user.state.iterdir()} == {USER}
    trail = [json.loads(line) for line in of_user.run("audit", "--json").stdout.splitlines()]
    changes = command[0] in ("revoke", "keys")
    assert {line["actor"].split()[0] for line in trail} == ({"root"} if changes else set())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_link_in_the_place_of_the_database_leads_root_nowhere(of_user, tmp_path, command):
    """The folder's owner puts a link to a database of root's: it is not changed, and not shown."""
    mine = CliRunner(tmp_path / "roots")
    mine.folder.mkdir(0o700)
    mine.make_state()
    victim = mine.state / "state.db"
    before = victim.read_bytes()
    database = of_user.state / "state.db"
    database.unlink()
    database.symlink_to(victim)
    os.chown(database, USER, GROUP, follow_symlinks=False)
    identity_before = identity()
    done = of_user.run(*command, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert victim.read_bytes() == before
    assert sorted(path.name for path in mine.state.iterdir()) == [".gitignore", "keys.json", "state.db"]
    assert identity() == identity_before
