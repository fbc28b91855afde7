"""A disk that is full or gone: refreshes go on, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from tests.support.dashboards import mint
from tests.support.waiting import wait_for


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    """Fills the disk to the last byte."""
    with (folder / "ballast").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def test_full_disk_stops_no_refresh(start, small_disk):
    """On a full disk, refreshes work and commands that write fail in one line.

    Everything acknowledged is still stored.
    """
    service = start(STATE_DIR=str(small_disk / "state"), RATE_LIMIT="100000/minute")
    tokens = mint(service, *(f"s-{number}" for number in range(20)))
    for number in range(3):
        service.cli("revoke", "--session", f"s-{number}")
    keys = (service.state / "keys.json").read_bytes()
    fill(small_disk)
    acknowledged = [0, 1, 2]
    failed = []
    for number in range(3, 10):
        done = service.cli("revoke", "--session", f"s-{number}", check=False)
        if done.returncode == 0:
            acknowledged.append(number)  # it still fitted into what SQLite had reserved
        else:
            assert done.returncode == 1
            assert len(done.stderr.splitlines()) == 1, done.stderr
            failed.append(number)
        if len(failed) == 2:
            break
    assert failed, "the disk was not full"
    done = service.cli("keys", "add", check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert (service.state / "keys.json").read_bytes() == keys
    wait_for(lambda: service.refresh(tokens[acknowledged[-1]]).status == 401, "the last acknowledged one")
    assert service.refresh(tokens[19]).status == 200
    assert service.get("/readyz").status == 200
    service.stop(9)
    (small_disk / "ballast").unlink()
    service.start()
    assert {service.refresh(tokens[number]).status for number in acknowledged} == {401}
    assert service.refresh(tokens[19]).status == 200
    service.cli("revoke", "--session", "s-19")
    wait_for(lambda: service.refresh(tokens[19]).status == 401, "a new revocation to be in force")


def test_deleted_state_directory_is_told(start):
    """Without its state directory the service answers 503 until an operator creates a new one.

    Nobody's revocation is forgotten.
    """
    service = start(MAX_STALENESS="2")
    (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
    service.cli("revoke", "--session", "s-2")
    wait_for(lambda: service.refresh(revoked).status == 401, "the revocation to be in force")
    saved = service.folder / "saved.json"
    shutil.copy2(service.state / "keys.json", saved)
    gone = service.folder / "gone"
    service.state.rename(gone)  # renamed first: the service might recreate files while they are deleted
    shutil.rmtree(gone)
    wait_for(lambda: service.refresh(token).status == 503, "the bound to pass", 10)
    assert service.get("/readyz").json()["keys"].startswith("degraded")
    os.mkdir(service.state, 0o700)
    shutil.copy2(saved, service.state / "keys.json")
    wait_for(lambda: "there is no database" in service.log.text(), "the lost database to be told")
    assert service.refresh(token).status == 503
    assert service.cli("revoke", "--session", "s-3", check=False).returncode == 1, "only a start makes a database"
    service.make_state()
    wait_for(lambda: service.refresh(token).status == 200, "recovery", 10)
    assert service.refresh(revoked).status == 401, "what was revoked stays revoked"
    service.cli("revoke", "--session", "s-1")
    wait_for(lambda: service.refresh(token).status == 401, "a revocation in the new database")


def test_restored_database_file_is_read(start):
    """A backup put in the place of the database file is read by the running service, revocations included."""
    service = start()
    (token,), (other,), (unheard,) = mint(service, "s-1"), mint(service, "s-2"), mint(service, "s-3")
    fresh = service.folder / "elsewhere" / "state.db"
    fresh.parent.mkdir(mode=0o700)
    with (
        closing(sqlite3.connect(service.state / "state.db")) as live,
        closing(sqlite3.connect(fresh)) as backup,
    ):
        live.backup(backup)
    service.cli("revoke", "--session", "s-3", STATE_DIR=str(fresh.parent))  # in the backup only
    service.cli("revoke", "--session", "s-2")
    wait_for(lambda: service.refresh(other).status == 401, "the revocation to be in force")
    assert service.refresh(unheard).status == 200
    os.replace(fresh, service.state / "state.db")
    wait_for(lambda: service.refresh(unheard).status == 401, "the restored file's revocation")
    service.cli("revoke", "--session", "s-1")
    wait_for(lambda: service.refresh(token).status == 401, "a revocation in the restored file")
    assert service.refresh(other).status == 401, "what was revoked stays revoked"


def test_read_only_database_is_no_database(start, small_disk):
    """What cannot be written may have been left behind: 503 from the start. It is used as soon as it can be written."""
    maker = start(STATE_DIR=str(small_disk / "state"))
    maker.stop()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    database = f"sqlite:///{small_disk / 'state' / 'state.db'}"
    keys = shutil.copy2(maker.keys_file, maker.folder)
    service = start(DATABASE_URL=database, KEYS_FILE=str(keys))
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 503
    assert service.get("/readyz").status == 503
    assert "is read-only" in service.log.text()
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    wait_for(lambda: service.refresh(token).status == 200, "it to be read")
