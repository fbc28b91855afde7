"""`keys add --public`: a public key of somebody else's gets its id and algorithm, and verifies."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from security.public_jwk import member as whole
from tests.support.assertions import assert_fails, assert_refreshed
from tests.support.tokens import private_jwk, public_jwk
from tests.support.waiting import wait_for


def bare(jwk):
    """A public JWK as a library writes it: without id, algorithm and use."""
    return {name: value for name, value in public_jwk(jwk).items() if name not in ("kid", "alg", "use")}


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256"])
def test_tokens_of_the_key_are_refreshed(start, tmp_path, alg):
    """The id is printed, alone; tokens that name it are refreshed within 2 s, and the service goes on with its own key."""
    service = start()
    theirs = private_jwk(alg, "theirs")
    (tmp_path / "theirs.json").write_text(json.dumps(bare(theirs)))
    done = service.cli("keys", "add", "--public", str(tmp_path / "theirs.json"))
    kid = done.stdout.strip()
    assert kid == whole(bare(theirs))["kid"]
    token = jwt.encode(
        jwt.decode(service.sign(), options={"verify_signature": False}), jwt.PyJWK(theirs).key, alg, {"kid": kid}
    )
    service.secrets.add(token)
    reply = wait_for(lambda: (r := service.refresh(token)).status == 200 and r, "the key to be picked up", 2)
    assert jwt.get_unverified_header(assert_refreshed(reply))["kid"] != kid
    assert f"{kid}\t{alg}\tverifies (public)\t" in service.run("keys", "list").stdout
    added = json.loads(service.keys_file.read_text())["keys"][-1]["added_at"]
    assert 0 <= time.time() - added < 60
    assert f"\tkeys add --public\t{kid}\t" in service.run("audit").stdout


def refused(runner, file, *said):
    before = runner.keys_file.read_bytes(), runner.run("audit").stdout
    assert_fails(runner.run("keys", "add", "--public", str(file), check=False), 1, f"--public {file}: ", *said)
    assert (runner.keys_file.read_bytes(), runner.run("audit").stdout) == before


def test_key_that_is_there_already(runner, tmp_path):
    """By its id, or as the same key under another id."""
    file = tmp_path / "theirs.json"
    theirs = bare(private_jwk("EdDSA", "theirs"))
    file.write_text(json.dumps(theirs))
    kid = runner.run("keys", "add", "--public", str(file)).stdout.strip()
    refused(runner, file, f"has a key {kid} already")
    file.write_text(json.dumps({**theirs, "kid": "another"}))
    refused(runner, file, f"has this key already, as {kid}")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b"-----BEGIN PRIVATE KEY-----\nAA==", b"{}"])
def test_content_that_is_no_public_key(runner, tmp_path, content):
    """One line, and nothing is changed."""
    file = tmp_path / "theirs.json"
    file.write_bytes(content)
    refused(runner, file)


def test_private_key_is_refused_and_not_shown(runner, tmp_path):
    """It may have been given by mistake."""
    jwk = private_jwk("EdDSA", "theirs")
    (tmp_path / "theirs.json").write_text(json.dumps(jwk))
    refused(runner, tmp_path / "theirs.json", "a private key")
    assert jwk["d"] not in runner.run("keys", "add", "--public", str(tmp_path / "theirs.json"), check=False).stderr


def test_file_that_cannot_be_read(runner):
    """It could be opened, and its disk fails: one line, no traceback."""
    refused(runner, "/proc/self/mem", "Input/output error")


def test_options_and_files_that_do_not_fit(runner, tmp_path):
    """A file that is not there, an algorithm beside a key, and no key file to append to."""
    (tmp_path / "theirs.json").write_text(json.dumps(bare(private_jwk("EdDSA", "theirs"))))
    add = ("keys", "add", "--public")
    assert_fails(runner.run(*add, str(tmp_path / "none"), check=False), 2, "--public", "none")
    assert_fails(runner.run(*add, str(tmp_path / "theirs.json"), "--alg", "ES256", check=False), 2, "--alg")
    runner.keys_file.unlink()
    assert_fails(runner.run(*add, str(tmp_path / "theirs.json"), check=False), 1, str(runner.keys_file))
