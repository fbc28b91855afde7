"""`keys …` at bad moments: killed, on a full disk, two at once. No key is lost."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess

import pytest

from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner
from tests.support.program import PROGRAM


@pytest.fixture
def runner(tmp_path):
    """Commands on a key file in a folder of its own."""
    (tmp_path / "keys").mkdir()
    return CliRunner(tmp_path, KEYS_FILE=str(tmp_path / "keys" / "keys.json"))


def kids(runner):
    return [jwk["kid"] for jwk in json.loads(runner.keys_file.read_text())["keys"]]


def names(runner):
    return sorted(path.name for path in runner.keys_file.parent.iterdir())


@pytest.mark.parametrize("is_there", [True, False])
def test_keys_added_at_once_are_all_there(runner, is_there):
    """Each `keys add` waits for the one before, also when the first of them makes the file."""
    first = [runner.run("keys", "add").stdout.strip()] if is_there else []
    started = [
        subprocess.Popen([PROGRAM, "keys", "add"], env=runner.environ, cwd=runner.folder, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]  # fmt: skip
    added = [process.communicate(timeout=60)[0].strip() for process in started]
    assert sorted(kids(runner)) == sorted(first + added)
    assert names(runner) == ["keys.json"]


def test_folder_that_somebody_else_keeps_locked_is_one_line(runner):
    """Whoever can read the folder can lock it: a command does not wait for ever."""
    runner.run("keys", "add")
    before = runner.keys_file.read_bytes()
    folder = os.open(runner.keys_file.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        done = runner.run("keys", "add", check=False)
    finally:
        os.close(folder)
    assert_fails(done, 1, f"key file {runner.keys_file}: its folder is locked by another process")
    assert runner.keys_file.read_bytes() == before


def test_disk_that_takes_no_more_loses_nothing(runner):
    """The file stays as it was, and nothing is left beside it."""
    runner.run("keys", "add")
    before = runner.keys_file.read_bytes()
    done = subprocess.run(
        ["prlimit", f"--fsize={len(before) + 20}", "--", PROGRAM, "keys", "add"],
        env=runner.environ, cwd=runner.folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert_fails(done, 1, f"key file {runner.keys_file}: File too large")
    assert runner.keys_file.read_bytes() == before
    assert names(runner) == ["keys.json"]


def test_file_that_would_be_too_large_to_read_is_not_written(runner):
    """What a command writes, the next one can read: members that are passed over count too."""
    runner.run("keys", "add")
    jwks = json.loads(runner.keys_file.read_text())
    jwks["keys"].append({"kty": "AKP", "lines": [1] * 200_000})
    runner.keys_file.write_text(json.dumps(jwks, separators=(",", ":")))
    before = runner.keys_file.read_bytes()
    done = runner.run("keys", "add", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"key file {runner.keys_file}: would have more than 1048576 bytes" in done.stderr
    assert runner.keys_file.read_bytes() == before


KILLED = """
import os, signal
from service.cli.program import run
os.replace = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
run(["keys", "add"])
"""


def test_killed_command_leaves_nothing_for_long(runner, program_python):
    """A command that is killed before the file is replaced has changed nothing; the next one clears up after it."""
    first = runner.run("keys", "add").stdout.strip()
    for _ in range(2):
        done = subprocess.run(
            [program_python, "-P", "-c", KILLED], env=runner.environ, cwd=runner.folder, timeout=60, check=False
        )
        assert done.returncode == -signal.SIGKILL
    assert len(names(runner)) == 2
    assert all((runner.keys_file.parent / name).stat().st_mode & 0o777 == 0o600 for name in names(runner))
    assert kids(runner) == [first]
    second = runner.run("keys", "add").stdout.strip()
    assert kids(runner) == [first, second]
    assert names(runner) == ["keys.json"]


@pytest.fixture
def program_python():
    """The interpreter that runs the installed program."""
    return os.path.join(os.path.dirname(PROGRAM), "python")
