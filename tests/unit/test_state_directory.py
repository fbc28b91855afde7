"""The state directory hides itself from git from its first moment on: keys that nobody sees are added by nobody."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from service.state import directory
from service.state.directory import DirectoryError

NAME = ".session-refresh"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
# Makes a directory, and is killed at the first event of that name (sys.audit).
KILLED = """
import os, sys
from pathlib import Path
from service.state import directory
sys.addaudithook(lambda event, _: os.kill(os.getpid(), 9) if event == sys.argv[2] else None)
directory.make(Path(sys.argv[1]))
"""


def git(folder, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "--quiet")
    return tmp_path


def make_together(made: Path, ready: Barrier) -> None:
    ready.wait()
    directory.make(made)


@needs_git
@pytest.mark.parametrize("name", [NAME, f"var/lib/{NAME}"])
def test_nothing_in_it_is_seen_or_added(repository, name):
    """`git status` shows nothing of a directory that was made in a work tree, and `git add -A` adds nothing."""
    made = repository / name
    directory.make(made)
    (made / "keys.json").write_text("{}")
    assert git(repository, "status", "--porcelain", "--untracked-files=all") == ""
    git(repository, "add", "--all")
    assert git(repository, "ls-files") == ""


def test_only_what_is_made_here_gets_the_file(tmp_path):
    """A directory that is there is left as it is, empty or not."""
    for name in ("empty", "used"):
        (tmp_path / name).mkdir(0o750)
    (tmp_path / "used" / "x").touch()
    for name, files in {"empty": [], "used": ["x"]}.items():
        directory.make(tmp_path / name)
        assert [path.name for path in (tmp_path / name).iterdir()] == files
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o750


def test_directory_and_file_are_the_owners_alone(tmp_path):
    """So they are what close() would make of them, and verify() has nothing to say."""
    made = tmp_path / NAME
    directory.make(made)
    assert (made.stat().st_mode & 0o777, (made / ".gitignore").stat().st_mode & 0o777) == (0o700, 0o600)
    made.chmod(0o770)
    (made / ".gitignore").chmod(0o660)
    assert directory.close(made) == [made, made / ".gitignore"]
    assert directory.verify(made) == []


def test_many_may_make_it_at_once(tmp_path):
    """All succeed, there is one directory, and nothing is left beside it."""
    count = 8
    with ThreadPoolExecutor(count) as pool:
        for number in range(50):
            made = tmp_path / str(number) / NAME
            made.parent.mkdir()
            list(pool.map(make_together, [made] * count, [Barrier(count)] * count))
            assert [path.name for path in made.parent.iterdir()] == [NAME]
            assert (made / ".gitignore").read_text() == "*\n"


@needs_git
@pytest.mark.parametrize("event", ["os.mkdir", "open", "os.rename"])
def test_kill_in_the_middle_leaves_no_open_directory(repository, event):
    """Whoever is killed at any step leaves nothing that git would add, and the next one makes it as usual."""
    made = repository / NAME
    done = subprocess.run([sys.executable, "-c", KILLED, str(made), event], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not made.exists()
    directory.make(made)
    (made / "keys.json").write_text("{}")
    assert git(repository, "status", "--porcelain", "--untracked-files=all") == ""


@pytest.mark.parametrize("parent", ["a file", "/proc"])
def test_place_where_nothing_can_be_made_is_named(tmp_path, parent):
    """The error is one line that names the directory."""
    (tmp_path / "a file").touch()
    place = tmp_path / parent / NAME
    with pytest.raises(DirectoryError) as refusal:
        directory.make(place)
    assert str(refusal.value).startswith(f"{place}: ")


def test_failure_leaves_nothing_beside_it(tmp_path):
    """Where a file has the name, it stays, and there is nothing else."""
    (tmp_path / NAME).write_text("mine")
    with pytest.raises(DirectoryError):
        directory.make(tmp_path / NAME)
    assert [(path.name, Path(path).read_text()) for path in tmp_path.iterdir()] == [(NAME, "mine")]
