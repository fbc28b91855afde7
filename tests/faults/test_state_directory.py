"""The state directory belongs to the service's user alone, whatever the platform does to it between two starts."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.support import other_user, versions
from tests.support.cli_runner import CliRunner
from tests.support.other_user import GROUP, USER
from tests.support.program import PROGRAM
from tests.support.waiting import wait_for

as_root = pytest.mark.skipif(not other_user.is_root(), reason="only root can be another user")


def modes(folder):
    """The mode of each file in a directory, by name."""
    return {path.name: path.stat().st_mode & 0o7777 for path in folder.iterdir()}


def serve_once(**settings):
    """What `serve` says as USER, who has no other groups, in /."""
    return subprocess.run(
        other_user.command(PROGRAM, "serve", "--port", "0", groups=()),
        env={"PATH": os.environ["PATH"], **settings}, cwd="/", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def mount(root):
    """What the kubelet does with fsGroup at each mount (Kubernetes, "Configure volume permission")."""
    for path in (root, *root.rglob("*")):
        os.chown(path, -1, GROUP)
        mode = path.stat().st_mode
        path.chmod(mode | (0o2770 if path.is_dir() else 0o660))


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o022])
def test_files_are_the_owners_alone_whatever_the_umask(start, umask):
    """Directory, key file and database are closed to others, while the service runs and after it."""
    before = os.umask(umask)
    try:
        service = start()
        service.cli("revoke", "--session", "s")
    finally:
        os.umask(before)
    assert service.state.stat().st_mode & 0o7777 == 0o700
    assert modes(service.state) == {".gitignore": 0o600, "keys.json": 0o600, "state.db": 0o600}


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_service_in_a_work_tree_shows_git_nothing(start, tmp_path):
    """Keys and database of a service that was started in a project are neither shown nor added, while it runs and after."""

    def git(*arguments):
        command = ["git", *arguments]
        return subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=True).stdout

    (tmp_path / "project").mkdir()
    git("init", "--quiet")
    service = start(STATE_DIR=str(tmp_path / "project" / ".session-refresh"))
    service.cli("revoke", "--session", "s")
    for end in (lambda: None, service.stop):
        end()
        assert git("status", "--porcelain", "--untracked-files=all") == ""
        git("add", "--all")
        assert git("ls-files") == ""


def test_directory_that_was_opened_is_closed_again(start):
    """A directory of the service's own that others can use is closed at the start, with a warning that names it."""
    service = start()
    service.stop()
    service.state.chmod(0o755)
    service.start()
    assert service.state.stat().st_mode & 0o7777 == 0o700
    (line,) = (line for line in service.log.lines() if line["event"].endswith("closed again"))
    assert (line["level"], line["paths"]) == ("warning", [str(service.state)])


def test_directory_of_other_things_is_left_as_it_is(tmp_path):
    """A directory that holds files of others is no state directory: it is refused in a line, and nothing is changed."""
    (tmp_path / "state").mkdir(0o755)
    (tmp_path / "state" / "somebody's").write_text("x")
    done = CliRunner(tmp_path).run("serve", "--port", "0", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"SESSION_REFRESH_STATE_DIR {tmp_path / 'state'}: mode is 0755, must be 0700" in done.stderr
    assert modes(tmp_path) == {"state": 0o755}
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["somebody's"]


@as_root
@pytest.mark.parametrize("inside", ["", "state"])
def test_volume_that_is_opened_at_each_mount(own, service_of, inside):
    """On a Kubernetes volume with fsGroup, the service starts again and again, and closes what is its own."""
    volume = own / "volume"
    volume.mkdir()
    mount(volume)
    state = volume / inside if inside else volume
    service = service_of(own, STATE_DIR=str(state))
    for _ in range(3):
        service.start()
        assert service.refresh(service.sign()).status == 200
        service.stop()
        made = {".gitignore": 0o600} if inside else {}
        assert modes(state) == {**made, "keys.json": 0o600, "state.db": 0o600}
        assert state.stat().st_mode & 0o777 == (0o700 if inside else 0o775)
        mount(volume)
    assert "closed again" in service.log.text()


@as_root
def test_directory_of_another_user_is_refused(own):
    """A directory that somebody else owns is refused in a line, open or not."""
    state = own / "state"
    state.mkdir(0o700)
    for mode in (0o700, 0o777):
        state.chmod(mode)
        done = serve_once(SESSION_REFRESH_STATE_DIR=str(state))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert f"SESSION_REFRESH_STATE_DIR {state}: " in done.stderr
        assert list(state.iterdir()) == []


@as_root
def test_commands_of_root_leave_the_files_to_their_owner(own, service_of):
    """After `revoke` and `api-keys` by root the service's user still owns all, and goes on; so after the next start."""
    service = service_of(own).start()
    token, other = service.sign(sid="s-1"), service.sign(sid="s-2")
    service.cli("revoke", "--session", "s-1")
    service.cli("api-keys", "create", "--org", "o", "--version", versions.OTHER)
    wait_for(lambda: service.refresh(token).status == 401, "the revocation to be in force")
    for path in (service.state, *service.state.iterdir()):
        assert path.stat().st_uid == USER, path
    service.stop()
    service.cli("revoke", "--session", "s-2")
    for path in (service.state, *service.state.iterdir()):
        assert path.stat().st_uid == USER, path
    service.start()
    assert service.refresh(other).status == 401
    service.stop()


def test_directory_that_is_not_needed_is_not_made(start, tmp_path, postgresql):
    """With a shared database and a key file elsewhere, no state directory is made."""
    keys = tmp_path / "keys.json"
    CliRunner(tmp_path, KEYS_FILE=str(keys)).run("keys", "add")
    service = start(KEYS_FILE=str(keys), DATABASE_URL=postgresql.new_database())
    assert service.refresh(service.login()).status == 200
    assert not service.state.exists()


@as_root
def test_place_that_cannot_be_written_is_named():
    """In /, where another user cannot write, the line names STATE_DIR."""
    done = serve_once()
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("session-refresh: SESSION_REFRESH_STATE_DIR /.session-refresh: ")
