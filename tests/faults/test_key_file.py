"""A key file that is broken, repaired or rotated signs nobody out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import jwt
import pytest

from security.generation import generate
from tests.support.dashboards import mint, successor
from tests.support.waiting import wait_for


def garbage(path):
    path.write_bytes(b"\x00\xff not a key file")


def empty(path):
    path.write_bytes(b"")


def folder(path):
    path.unlink()
    path.mkdir()


def gone(path):
    path.unlink()


def public_only(path):
    jwks = json.loads(path.read_text())
    for key in jwks["keys"]:
        del key["d"]
    path.write_text(json.dumps(jwks))


def not_a_key(path):
    path.write_text('{"keys": [{"kid": "k", "alg": "EdDSA", "kty": "OKP", "crv": "Ed25519", "d": 5, "x": []}]}')


def open_to_all(path):
    path.chmod(0o644)


BROKEN = [garbage, empty, folder, gone, public_only, not_a_key, open_to_all]


@pytest.fixture(scope="module")
def service(start_shared):
    """One service for all that can happen to its key file."""
    return start_shared()


def keys_state(service):
    return service.get("/readyz").json()["keys"]


def refusals(service):
    """How often the log says that a key file was refused."""
    return service.log.events().count("key file refused, the keys in force stay")


@pytest.mark.parametrize("breaks", [pytest.param(one, id=one.__name__) for one in BROKEN])
def test_broken_key_file_leaves_the_keys_in_force(service, tmp_path, breaks):
    """With a broken key file the service keeps its keys and reports the fault. The repaired file is picked up."""
    token = service.login()
    told = refusals(service)
    path = service.state / "keys.json"
    whole = tmp_path / "whole"
    shutil.copy2(path, whole)
    breaks(path)
    wait_for(lambda: keys_state(service).startswith("degraded"), "/readyz to say so")
    assert service.get("/readyz").status == 200, "it works, so it is ready"
    reply = service.refresh(token)
    assert reply.status == 200
    wait_for(lambda: refusals(service) > told, "the log to say so")
    if path.is_dir():
        path.rmdir()
    shutil.copy2(whole, path)
    wait_for(lambda: keys_state(service) == "ok", "/readyz to be well")
    assert service.refresh(successor(reply)).status == 200


def test_keys_rotated_while_the_service_is_down(start):
    """A rotation while the service is stopped takes effect at its start, and old cookies are still accepted."""
    service = start()
    token = service.login()
    service.stop()
    kid = service.cli("keys", "add").stdout.strip()
    service.cli("keys", "promote", "--force", kid)
    service.start()
    reply = service.refresh(token)
    assert reply.status == 200
    assert service.get("/.well-known/jwks.json").json()["keys"][0]["kid"] == kid
    assert service.refresh(successor(reply)).status == 200


HURRY = """
import contextlib, io, sys
from service.cli.program import run
kid = io.StringIO()
with contextlib.redirect_stdout(kid):
    added = run(["keys", "add"])
sys.exit(added or run(["keys", "promote", "--force", kid.getvalue().strip()]))
"""


def test_rotation_in_a_hurry_signs_nobody_out(start):
    """With `promote` right after `add`, no process signs with a key that another process does not know yet."""
    one = start(RATE_LIMIT="1000000/minute")
    two = start(RATE_LIMIT="1000000/minute", KEYS_FILE=str(one.state / "keys.json"))
    (token,) = mint(one, "s-1")
    for _ in range(3):
        before = signing(token)
        with subprocess.Popen([sys.executable, "-c", HURRY], env=one.environ) as rotation:
            while rotation.poll() is None or signing(token) == before:
                for service in (one, two):
                    reply = service.refresh(token)
                    assert reply.status == 200, service.reason_of(reply)
                    token = successor(reply)
        assert rotation.returncode == 0


def signing(token):
    """The id of the key that signed `token`."""
    return jwt.get_unverified_header(token)["kid"]


def test_key_file_may_be_replaced_through_a_link(start, tmp_path):
    """A key file that is a symbolic link, as mounted secrets are, is read again when the link changes."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys.json").write_text(json.dumps({"keys": [generate("EdDSA")]}))
        (tmp_path / name / "keys.json").chmod(0o600)
    current = tmp_path / "current"
    current.symlink_to("one")
    service = start(KEYS_FILE=str(current / "keys.json"))
    before = service.get("/.well-known/jwks.json").json()
    turned = tmp_path / "turned"
    turned.symlink_to("two")
    turned.rename(current)
    wait_for(lambda: service.get("/.well-known/jwks.json").json() != before, "the other file's keys")
