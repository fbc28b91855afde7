"""What happens to the files of the embedded database under a running service hides no revocation."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing

import pytest

from tests.support import versions
from tests.support.dashboards import mint
from tests.support.waiting import wait_for

BESIDE = ("state.db-wal", "state.db-shm", "state.db-journal")


def remove_beside(state, _backup):
    for name in BESIDE:
        (state / name).unlink(missing_ok=True)


def restore_all(state, backup):
    for name in ("state.db", *BESIDE):
        (state / name).unlink(missing_ok=True)
    for file in backup.iterdir():
        shutil.copy2(file, state / file.name)


def restore_in_place(state, backup):
    remove_beside(state, backup)
    (state / "state.db").write_bytes((backup / "state.db").read_bytes())


def replace_by_rename(state, backup):
    remove_beside(state, backup)
    shutil.copy2(backup / "state.db", state / "new.db")
    (state / "new.db").rename(state / "state.db")


def write_over_alone(state, backup):
    (state / "state.db").write_bytes((backup / "state.db").read_bytes())


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("change", [write_over_alone, remove_beside, restore_all, restore_in_place, replace_by_rename])
def test_revocation_is_in_force_after_the_files_changed(start, tmp_path, change, workers):
    """Files are removed or restored beside a running service. What is revoked before and after that is in force."""
    service = start("--workers", workers, REVOCATION_POLL="0.2", RATE_LIMIT="10000/minute")
    (token,), (before,), (after,) = mint(service, "s-0"), mint(service, "s-1"), mint(service, "s-2")
    backup = tmp_path / "backup"
    backup.mkdir()
    for file in service.state.glob("state.db*"):
        shutil.copy2(file, backup / file.name)
    service.cli("revoke", "--session", "s-1")
    wait_for(
        lambda: {reply.status for reply in service.refresh_at_once(before)} == {401}, "the first one, in each worker"
    )
    change(service.state, backup)
    service.cli("revoke", "--session", "s-2")
    wait_for(
        lambda: {reply.status for reply in service.refresh_at_once(after)} == {401}, "the second one, in each worker", 5
    )
    assert service.refresh(before).status == 401
    assert service.refresh(token).status == 200
    assert service.get("/readyz").status == 200


def test_database_with_a_log_beside_it_is_taken_over(start):
    """A database in SQLite's WAL mode, as an operator or an older version may leave it, becomes one file at the start."""
    service = start()
    (token,) = mint(service, "s-1")
    service.stop()
    left = sqlite3.connect(service.state / "state.db")
    left.execute("PRAGMA journal_mode=WAL")
    now = int(time.time())
    with left:
        left.execute("UPDATE session_refresh_sequence SET value = 7")
        left.execute("INSERT INTO session_refresh_changes VALUES (7, 'e')")
        left.execute("INSERT INTO session_refresh_revocations VALUES (7, ?, 's-1', '', '', '', '', '')", [now])
    assert (service.state / "state.db-wal").stat().st_size, "the revocation is in it"
    copies = {file: file.read_bytes() for file in service.state.glob("state.db*")}
    left.close()
    for file, content in copies.items():
        file.write_bytes(content)
    service.start()
    assert service.refresh(token).status == 401
    assert [file.name for file in service.state.glob("state.db*")] == ["state.db"]


def test_api_key_that_the_restored_store_does_not_have_is_refused(start, tmp_path):
    """A key that was created after the backup is unknown: nobody could revoke it. One revoked since stays revoked."""
    service = start()
    (token,) = mint(service, "s-0")
    other = service.cli("api-keys", "create", "--org", "org-1", "--version", versions.OTHER).stdout.strip()
    revoked = service.cli("api-keys", "create", "--org", "org-1", "--version", versions.OTHER).stdout.strip()
    ids = [line.split("\t")[0] for line in service.cli("api-keys", "list").stdout.splitlines()]
    wait_for(lambda: service.refresh(token, f"X-API-Key: {revoked}").status == 200, "the keys to be known")
    backup = tmp_path / "state.db"
    with closing(sqlite3.connect(service.state / "state.db")) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    made_since = service.cli("api-keys", "create", "--org", "org-1", "--version", versions.OTHER).stdout.strip()
    for key_id in ids:
        service.cli("api-keys", "revoke", key_id)
    both = (f"X-API-Key: {other}", f"X-API-Key: {revoked}")
    wait_for(lambda: {service.refresh(token, key).status for key in both} == {401}, "the revocations to be in force")
    wait_for(lambda: service.refresh(token, f"X-API-Key: {made_since}").status == 200, "the third key to be known")
    remove_beside(service.state, backup)
    shutil.copy2(backup, service.state / "state.db")
    wait_for(lambda: service.refresh(token, f"X-API-Key: {made_since}").status == 401, "the third key to be unknown")
    for _ in range(5):
        assert service.refresh(token, f"X-API-Key: {revoked}").status == 401
    assert service.refresh(token).status == 200
    assert "a revoked API key is active in the restored store: revoke it again" in service.log.text()
