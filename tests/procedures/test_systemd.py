"""docs/systemd.md, followed as far as a machine without systemd can: the same user, folders, settings and limits."""

from __future__ import annotations

import re
import sys

import pytest

from tests.support import other_user, own_machine
from tests.support.pages import ROOT, Reader
from tests.support.programs import systemd_run
from tests.support.terminal import Terminal

PAGE = "docs/systemd.md"
pytestmark = pytest.mark.skipif(not other_user.is_root(), reason="only root can be another user")


@pytest.fixture
def terminal(tmp_path):
    """A root's terminal, in a copy of the repository; systemd-run there is a stand-in."""
    with Terminal(tmp_path, inside=own_machine.inside()) as terminal:
        terminal.run(f"mkdir -p /srv/bin /etc/systemd/system; cd {ROOT}; export PATH=/usr/local/sbin:/srv/bin:$PATH")
        stand_in = f'#!/bin/sh\nexec {sys.executable} -I {systemd_run.__file__} "$@"'
        terminal.run(f"cat > /srv/bin/systemd-run <<'EOF'\n{stand_in}\nEOF\nchmod +x /srv/bin/systemd-run")
        terminal.run("sed -i 's#secure_path=\"#&/srv/bin:#' /etc/sudoers")
        yield terminal


def directives():
    """The unit's section [Service], line by line."""
    section = (ROOT / "deploy/session-refresh.service").read_text().split("[Service]\n")[1].split("\n[")[0]
    return [line for line in section.splitlines() if line and not line.startswith("#")]


def start(terminal):
    """Starts the service as the unit does."""
    unit = [f"'--property={line}'" for line in directives() if not line.startswith("ExecStart=")]
    (command,) = (line.partition("=")[2] for line in directives() if line.startswith("ExecStart="))
    terminal.start(f"systemd-run {' '.join(unit)} -- {command}", lambda text: "listens on" in text)


def install(terminal):
    with Reader(PAGE, terminal, "Install it") as reader:
        reader.skip("venv", "the environment is the one this runs in; tests/procedures/test_versions.py installs")
        reader.run()
        write_settings(terminal, reader.take("ini").text)
        reader.skip("systemctl enable", "no systemd here: start() does what the unit says")
        start(terminal)
        reader.run()  # is it ready?
        reader.skip("pip install", "the environment is the one this runs in; test_versions.py installs a new version")


def write_settings(terminal, text):
    assert terminal.run(f"cat > /etc/session-refresh.env <<'EOF'\n{text}\nEOF") == (0, "")


def test_commands_reach_the_service(terminal):
    """They see its keys and its database, as its user; without the wrapper they are refused."""
    install(terminal)
    with Reader(PAGE, terminal, "Commands") as reader:
        reader.run()
        reader.names["9c1e5a0f2b7d4c68"] = "[0-9a-f]{16}"
        reader.run()
        assert terminal.run("sudo session-refresh check")[1].endswith("everything is in place\n")
        before = terminal.run("ls -A")
        reader.run(status=1)
        assert terminal.run("ls -A") == before
    assert terminal.run("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8081/verify") == (0, "401")
    kid = terminal.replace["9c1e5a0f2b7d4c68"]
    assert kid in terminal.run("curl -s http://127.0.0.1:8080/.well-known/jwks.json")[1]
    assert "\tsession-refresh\tleft the company, asks Jo" in terminal.run("sudo session-refresh audit")[1]
    odd = "--user '$LANG' --org '${LANG} $$' --reason '$5'"  # systemd has variables, too
    status, text = terminal.run(f"sudo session-refresh revoke {odd}")
    assert status == 0, text
    assert (
        "user '$LANG' of organisation '${LANG} $$'\tsession-refresh\t$5"
        in terminal.run("sudo session-refresh audit")[1]
    )
    owners = terminal.run("stat -c '%U %a %n' /var/lib/session-refresh /var/lib/session-refresh/*")[1]
    assert {line.split()[0] for line in owners.splitlines()} == {"session-refresh"}
    assert "session-refresh 600 /var/lib/session-refresh/keys.json" in owners
    terminal.run("openssl genpkey -algorithm ed25519 | openssl pkey -pubout > login-public.pem")
    status, text = terminal.run("sudo session-refresh keys add --public - < login-public.pem; rm login-public.pem")
    assert status == 0, text


def test_key_file_that_the_login_service_reads(terminal):
    """The users and the file of docs/login-service.md: the unit's user is the one that is there, and commands change it."""
    with Reader("docs/login-service.md", terminal, "One file") as reader:
        reader.names["9c1e5a0f2b7d4c68"] = "[0-9a-f]{16}"
        reader.run()
        reader.run()
        reader.left.clear()
    terminal.run("unset SESSION_REFRESH_KEYS_FILE")
    with Reader(PAGE, terminal, "A key file that the login service reads, too") as reader:
        write_settings(terminal, reader.take("ini").text)
    terminal.run("install -m 0755 deploy/session-refresh-command /usr/local/sbin/session-refresh")
    start(terminal)
    added = terminal.run("sudo session-refresh keys add 2> /dev/null")[1].strip()
    assert f"{added}\tEdDSA\tverifies\t" in terminal.run("sudo session-refresh keys list")[1]
    listed = terminal.run("ls -l /etc/session-keys/keys.json")[1]
    assert listed.startswith("-rw-r----- 1 session-refresh session-keys ")


def test_log(terminal):
    """There is no journal here."""
    with Reader(PAGE, terminal, "The log") as reader:
        reader.skip("journalctl", "no systemd here")


def test_wrapper_runs_commands_as_the_unit_runs_the_service():
    """What both say of user, folders, settings and limits is the same, and the wrapper leaves none of these out."""
    same = re.compile(
        "(DynamicUser|User|StateDirectory|StateDirectoryMode|EnvironmentFile|Environment|LimitCORE|UMask)="
    )
    wrapper = (ROOT / "deploy/session-refresh-command").read_text()
    told = set(re.findall(r"--property=(\S+)", wrapper)) - {"ReadWritePaths=-/etc/session-keys"}
    assert told == {line for line in directives() if same.match(line)}
