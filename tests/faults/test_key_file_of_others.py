"""The key file as platforms mount it, and as root changes it: it stays whose it is, and the service can read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from security.generation import generate
from tests.support import other_user
from tests.support.cli_runner import CliRunner
from tests.support.dashboards import mint
from tests.support.other_user import GROUP, USER
from tests.support.program import PROGRAM
from tests.support.waiting import wait_for

SETFACL = shutil.which("setfacl")
pytestmark = pytest.mark.skipif(not other_user.is_root(), reason="only root can be another user")


def write(path, *keys, mode=0o600, owner=0, group=0):
    """A key file with a mode and an owner."""
    path.write_text(json.dumps({"keys": list(keys)}))
    path.chmod(mode)
    os.chown(path, owner, group)


def publish(volume, version, *keys):
    """What the kubelet does with a Secret: a new folder, and the link to it replaced (Kubernetes, AtomicWriter)."""
    folder = volume / version
    folder.mkdir(mode=0o755)
    write(folder / "keys.json", *keys, mode=0o440, group=GROUP)
    turned = volume / "..data_tmp"
    turned.symlink_to(version)
    turned.rename(volume / "..data")
    if not (volume / "keys.json").is_symlink():
        (volume / "keys.json").symlink_to("..data/keys.json")


def kids(service):
    return [key["kid"] for key in service.get("/.well-known/jwks.json").json()["keys"]]


def test_kubernetes_secret_is_read_and_followed(own, service_of):
    """root:GID 0440 behind links that are exchanged while the service runs, as one of the group's users."""
    volume = own / "volume"
    volume.mkdir(mode=0o755)
    old, new = generate("EdDSA"), generate("ES256")
    publish(volume, "..2026_11_26_1", old)
    service = service_of(own, KEYS_FILE=str(volume / "keys.json")).start()
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 200
    publish(volume, "..2026_11_26_2", new, old)
    shutil.rmtree(volume / "..2026_11_26_1")
    wait_for(lambda: kids(service) == [new["kid"], old["kid"]], "the new keys", 2.5)
    assert service.refresh(token).status == 200
    assert not [line for line in service.log.lines() if line["level"] in ("warning", "error")]


def test_systemd_credential_is_read(own, service_of):
    """LoadCredential shows 0440 of root and root's group; an access control list lets the service's user in."""
    path = own / "credential"
    write(path, generate("EdDSA"), mode=0o400)
    if not SETFACL or subprocess.run([SETFACL, "-m", f"u:{USER}:r", path], check=False).returncode:
        pytest.skip("no access control lists here")
    assert path.stat().st_mode & 0o777 == 0o440
    service = service_of(own, KEYS_FILE=str(path)).start()
    assert service.refresh(mint(service, "s-1")[0]).status == 200


REFUSED = {
    "of a third user": ({"owner": USER + 1, "mode": 0o444}, "mode is 0444"),
    "of a third user, for the group": (
        {"owner": USER + 1, "group": GROUP, "mode": 0o440},
        f"belongs to user {USER + 1}",
    ),
    "root's, for everybody": ({"mode": 0o444}, "mode is 0444"),
    "the group may write": ({"owner": USER, "group": GROUP, "mode": 0o660}, "mode is 0660"),
    "root's alone": ({"mode": 0o400}, "Permission denied"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_key_file_that_somebody_else_can_change_or_read_is_refused(own, name):
    """One line names the file, and the mode or the owner that it has."""
    rights, told = REFUSED[name]
    path = own / "keys.json"
    write(path, generate("EdDSA"), **rights)
    runner = CliRunner(own, KEYS_FILE=str(path))
    done = subprocess.run(
        other_user.command(PROGRAM, "serve", "--port", "0"),
        env=runner.environ, cwd=own, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert f"key file {path}: {told}" in done.stderr


def test_root_may_serve_no_file_of_another_user(own):
    """Its owner could exchange the keys under a service of root's."""
    path = own / "keys.json"
    write(path, generate("EdDSA"), owner=USER)
    done = CliRunner(own, KEYS_FILE=str(path)).run("serve", "--port", "0", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"belongs to user {USER}" in done.stderr


def acl(path):
    return SETFACL and subprocess.run(["getfacl", "-cn", path], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("linked", [False, True])
def test_root_leaves_the_file_to_its_owner(own, linked):
    """`keys …` by root leaves owner, group, mode, access control list and links, and no file that keeps the owner out."""
    folder = own / "keys"
    folder.mkdir(mode=0o700)
    os.chown(folder, USER, USER)
    path = target = folder / "keys.json"
    if linked:
        (folder / "real").mkdir(mode=0o700)
        os.chown(folder / "real", USER, USER)
        target = folder / "real" / "file"
        path.symlink_to("real/file")
    write(target, generate("EdDSA"), mode=0o640, owner=USER, group=GROUP)
    if SETFACL:
        subprocess.run([SETFACL, "-m", "u:12345:r", target], check=True)
    before = (acl(target), target.stat().st_uid, target.stat().st_gid, target.stat().st_mode)
    runner = CliRunner(own, KEYS_FILE=str(path))
    kid = runner.run("keys", "add").stdout.strip()
    runner.run("keys", "promote", "--force", kid)
    old = json.loads(target.read_text())["keys"][1]["kid"]
    runner.run("keys", "retire", "--force", old)
    assert (acl(target), target.stat().st_uid, target.stat().st_gid, target.stat().st_mode) == before
    assert path.is_symlink() is linked
    assert sorted(file.name for file in target.parent.iterdir()) == [target.name]
    added = subprocess.run(
        other_user.command(PROGRAM, "keys", "add"),
        env=runner.environ,
        capture_output=True,
        text=True,
        check=True,
        cwd=own,
    )
    assert len(json.loads(target.read_text())["keys"]) == 2
    assert added.stdout.strip() in target.read_text()
    assert target.stat().st_uid == USER


def test_key_file_out_of_reach_for_a_moment_is_read_afterwards(own, service_of):
    """A folder that cannot be entered changes nothing about the file. When it can be again, the keys in it count.

    Meanwhile a token of a key that is not known may be good: 503, never 401.
    """
    folder = own / "keys"
    folder.mkdir(mode=0o755)
    path = folder / "keys.json"
    old, new = generate("EdDSA"), generate("EdDSA")
    write(path, old, owner=USER)
    service = service_of(own, KEYS_FILE=str(path)).start()
    (token,) = mint(service, "s-1")
    write(path, new, old, owner=USER)  # read below, when it is in force
    (later,) = mint(service, "s-2")
    folder.chmod(0o700)
    wait_for(lambda: service.get("/readyz").json()["keys"] != "ok", "the folder to be out of reach")
    write(path, generate("EdDSA"), new, old, owner=USER)
    newest = mint(service, "s-3")[0]
    assert service.refresh(newest).status == 503
    assert service.refresh(token).status == 200
    assert service.refresh(later).status in (200, 503)
    assert service.get("/readyz").status == 200
    folder.chmod(0o755)
    wait_for(lambda: service.refresh(newest).status == 200, "the keys in it", 2.5)
    assert service.get("/readyz").json()["keys"] == "ok"
    unknown = {**json.loads(path.read_text())["keys"][0], "kid": "nobody's"}
    path.write_text(json.dumps({"keys": [unknown]}))
    stranger = mint(service, "s-4")[0]
    write(path, new, old, owner=USER)
    wait_for(lambda: service.refresh(stranger).status == 401, "an unknown key to be just that", 5)
