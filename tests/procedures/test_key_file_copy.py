"""docs/rotation.md, step 2: the copy that root puts on another machine is taken by the service there, which is another user."""

from __future__ import annotations

import shlex

import pytest

from tests.support import other_user, own_machine
from tests.support.pages import blocks, steps
from tests.support.terminal import Terminal
from tests.support.waiting import wait_for

PAGE = "docs/rotation.md"
STATE = "/var/lib/session-refresh"
SETTINGS = f"SESSION_REFRESH_STATE_DIR={STATE}"
COPIED = f"{STATE}/keys.json.new"  # as `scp` leaves it: root's, with the mode of the one it was
pytestmark = pytest.mark.skipif(not other_user.is_root(), reason="only root can make users")


@pytest.fixture
def two(tmp_path):
    """Root's terminal on the second machine, where the service runs as a user of its own; its log is /srv/log."""
    with Terminal(tmp_path, inside=own_machine.inside()) as terminal:
        terminal.run(f"cd /srv; useradd --system session-refresh; install -d -o session-refresh -m 0700 {STATE}")
        serve = f"sudo -u session-refresh env {SETTINGS} /opt/session-refresh/bin/session-refresh serve 2> /srv/log"
        terminal.start(serve, lambda text: "listens on" in text)
        yield terminal


def in_quotes():
    """What the page runs on the other machine by ssh."""
    (command,) = (step.command for block in blocks(PAGE) for step in steps(block) if step.command.startswith("ssh "))
    ssh, machine, remote = shlex.split(command)
    assert (ssh, machine) == ("ssh", "root@two")
    return remote


def copied(terminal):
    """The first machine's file, which has one more key, is beside the other; returns the new key's id."""
    terminal.run(f"install -m 0600 {STATE}/keys.json /srv/one.json")
    added = terminal.run("SESSION_REFRESH_KEYS_FILE=/srv/one.json session-refresh keys add 2> /dev/null")[1].strip()
    assert terminal.run(f"install -m 0600 /srv/one.json {COPIED}; stat -c '%U %a' {COPIED}") == (0, "root 600\n")
    return added


def is_taken(terminal, kid):
    return kid in terminal.run("curl -s http://127.0.0.1:8080/.well-known/jwks.json")[1]


@pytest.mark.parametrize("mode", ["600", "640"])
def test_copy_is_taken(two, mode):
    """It gets the owner and the mode of the one that it replaces, and its key is shown without a restart."""
    two.run(f"chmod {mode} {STATE}/keys.json")
    kid = copied(two)
    assert two.run(in_quotes()) == (0, "")
    assert two.run(f"stat -c '%U %a' {STATE}/keys.json") == (0, f"session-refresh {mode}\n")
    wait_for(lambda: is_taken(two, kid), "the new key")
    assert "refused" not in two.run("cat /srv/log")[1]
    assert two.run(f"{SETTINGS} session-refresh check")[0] == 0


def test_copy_that_stays_roots_is_not_taken(two):
    """Without the owner the service cannot read it: its log and `check` say so, as step 3 tells."""
    kid = copied(two)
    assert two.run(f"mv {COPIED} {STATE}/keys.json") == (0, "")
    log = wait_for(lambda: "key file refused" in (text := two.run("cat /srv/log")[1]) and text, "the refusal")
    assert "Permission denied" in log
    assert not is_taken(two, kid)
    for user in ("root", "session-refresh"):
        status, text = two.run(f"sudo -u {user} env {SETTINGS} /opt/session-refresh/bin/session-refresh check")
        assert (status, "keys.json: belongs to user 0" in text) == (1, True)
