"""`keys …` in folders of other users, by root and by others: nobody gets rights that he had not, and no one is kept out."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from functools import partial

import pytest

from service.state.key_file import KeyFileError
from service.state.key_file_changes import locked
from tests.support import other_user
from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner
from tests.support.other_user import GROUP, USER
from tests.support.program import PROGRAM

pytestmark = pytest.mark.skipif(not other_user.is_root(), reason="only root can be another user")


@pytest.fixture
def runner(tmp_path):
    """Commands on a key file in a folder of its own."""
    (tmp_path / "keys").mkdir()
    return CliRunner(tmp_path, KEYS_FILE=str(tmp_path / "keys" / "keys.json"))


@pytest.fixture
def of_user(runner):
    """A key file of another user's, in a folder of his."""
    runner.run("keys", "add")
    other_user.give(runner.keys_file.parent, USER)
    return runner


def test_root_makes_a_key_file_for_the_owner_of_the_folder(runner):
    """`keys add` by root, where there is no file yet: the service that uses the folder can read it."""
    os.chown(runner.keys_file.parent, USER, GROUP)
    runner.run("keys", "add")
    status = runner.keys_file.stat()
    assert (status.st_uid, status.st_mode & 0o777) == (USER, 0o600)


def test_link_in_the_place_of_the_new_file_leads_root_nowhere(of_user, tmp_path):
    """The folder's owner puts links where root will write: nothing but the key file changes."""
    victim = tmp_path / "victim"
    victim.write_text("root's")
    victim.chmod(0o600)
    (of_user.keys_file.parent / ".keys.json.new").symlink_to(victim)
    of_user.run("keys", "add")
    assert victim.read_text() == "root's"
    status = victim.stat()
    assert (status.st_uid, status.st_mode & 0o777) == (0, 0o600)
    assert of_user.keys_file.stat().st_uid == USER


def rights(path):
    """Who may do what with a file, and when it was written."""
    status = path.stat()
    return (status.st_ino, status.st_mode, status.st_uid, status.st_gid, status.st_nlink, status.st_mtime_ns)


def test_names_exchanged_while_root_is_at_work_lead_nowhere(of_user, tmp_path):
    """The owner exchanges the new file and the folder for links in turn. Root gives nobody rights on its own files."""
    victim = tmp_path / "victim"
    victim.write_text("root's")
    victim.chmod(0o600)
    before = rights(victim)
    path, good = of_user.keys_file, of_user.keys_file.read_bytes()
    copy, folder, aside = path.with_name("copy"), path.parent, tmp_path / "aside"
    over = threading.Event()

    def restore():
        copy.write_bytes(good)
        copy.chmod(0o640)
        os.chown(copy, USER, USER)
        copy.replace(path)

    def link():
        for _ in range(200):  # whatever the new file is called
            for fresh in folder.glob(".keys.json*"):
                fresh.unlink()
                fresh.symlink_to(victim)

    def exchange():
        while not over.is_set():
            for change in (link, restore, partial(folder.rename, aside), partial(aside.rename, folder)):
                with suppress(OSError):
                    change()

    thread = threading.Thread(target=exchange)
    thread.start()
    written = 0
    try:
        for _ in range(100_000):
            with suppress(KeyFileError), locked(path) as file:
                file.write(file.read())
                written += 1
            if written == 100:
                break
    finally:
        over.set()
        thread.join()
    assert written
    assert victim.read_text() == "root's"
    assert rights(victim) == before


@pytest.fixture
def of_third_user():
    """Commands of USER, with its state, on a key file of a third user that its group may read, in a folder it may write to."""
    with other_user.folder() as where:
        folder = where / "keys"
        folder.mkdir()
        runner = CliRunner(where, KEYS_FILE=str(folder / "keys.json"))
        runner.make_state()
        other_user.give(runner.state)
        os.chown(folder, 0, GROUP)
        folder.chmod(0o770)
        os.chown(runner.keys_file, USER + 1, GROUP)
        runner.keys_file.chmod(0o640)
        yield runner


def run_as_user(runner, *arguments):
    return subprocess.run(
        other_user.command(PROGRAM, *arguments),
        env=runner.environ, cwd=runner.folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_file_that_cannot_stay_its_owners_is_not_changed(of_third_user):
    """Who may write to the folder, but can give no file to its owner, gets one line."""
    before = of_third_user.keys_file.read_bytes()
    done = run_as_user(of_third_user, "keys", "add")
    assert_fails(done, 1, f"key file {of_third_user.keys_file}: Operation not permitted")
    assert of_third_user.keys_file.read_bytes() == before
    assert [path.name for path in of_third_user.keys_file.parent.iterdir()] == ["keys.json"]


def test_check_refuses_the_file_that_serve_refuses(of_third_user):
    """A file of a third user: `check` by the service's user says so, as `serve` does."""
    for command in (["check"], ["serve", "--port", "0"]):
        done = run_as_user(of_third_user, *command)
        assert_fails(done, 1, f"key file {of_third_user.keys_file}: belongs to user {USER + 1}")
