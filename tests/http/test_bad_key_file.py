"""A key file that cannot be used is one line on stderr that names it, from every command."""

from __future__ import annotations

import contextlib
import json
import os
import socket

import jwt
import pytest

from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner


def weak(alg):
    import cryptography.hazmat.primitives.asymmetric.rsa as rsa

    if alg == "HS256":
        return {"kty": "oct", "kid": "k", "alg": alg, "k": "c2hvcnQ"}
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=1024), as_dict=True
    )
    return {**jwk, "kid": "k", "alg": alg}


GOOD = {"kty": "oct", "kid": "k", "alg": "HS256", "k": "A" * 42 + "E"}


KEY_FILES: dict[str, tuple[object, str]] = {
    "empty": (b"", "not JSON"),
    "garbage": (os.urandom(100), "not JSON"),
    "half of one": (b'{"keys": [{"kty"', "not JSON"),
    "nested too deep": (b"[" * 100_000, "not JSON"),
    "a list": ([], "not a JWK Set"),
    "without keys": ({}, "keys"),
    "keys not a list": ({"keys": {}}, "keys"),
    "no key at all": ({"keys": []}, "no private key"),
    "a key that is no object": ({"keys": ["x"]}, "object"),
    "one key, not in a set": (GOOD, "keys"),
    "a key without kid": ({"keys": [{**GOOD, "kid": ""}]}, "kid"),
    "a key without alg": ({"keys": [{**GOOD, "alg": None}]}, "alg"),
    "unknown algorithm": ({"keys": [{**GOOD, "alg": "none"}]}, "alg"),
    "HS512": ({"keys": [{**GOOD, "alg": "HS512"}]}, "alg"),
    "algorithm of another type": ({"keys": [{**GOOD, "alg": "EdDSA"}]}, "kty"),
    "a key for encryption": ({"keys": [{**GOOD, "use": "enc"}]}, "use"),
    "two keys of one kid": ({"keys": [GOOD, GOOD]}, "kid"),
    "weak HS256": ({"keys": [weak("HS256")]}, "32 bytes"),
    "weak RS256": ({"keys": [weak("RS256")]}, "2048 bits"),
    "bad base64": ({"keys": [{**GOOD, "k": "=" * 43}]}, "'k'"),
    "numbers for text": ({"keys": [{**GOOD, "k": 5}]}, "'k'"),
    "RS256 without n": ({"keys": [{"kty": "RSA", "kid": "k", "alg": "RS256", "e": "AQAB"}]}, "'n'"),
    "ES256 off the curve": (
        {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "x": "AA", "y": "AA"}]}, "ES256"
    ),
    "EdDSA of another curve": (
        {"keys": [{"kty": "OKP", "crv": "X25519", "kid": "k", "alg": "EdDSA", "x": "AA"}]}, "Ed25519"
    ),
    "a public key alone": (
        {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "alg": "EdDSA",
                   "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]},
        "no private key",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "word"), KEY_FILES.values(), ids=KEY_FILES)
def test_bad_key_file_is_one_line_and_exit_1(runner, content, word):
    """The line names the file and its fault, and contains no key material."""
    runner.keys_file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    for arguments in (["keys", "list"], ["check"]):
        done = runner.run(*arguments, check=False)
        assert_fails(done, 1, str(runner.keys_file), word)
        assert "A" * 20 not in done.stderr


def test_bad_key_file_stops_serve_before_it_listens(runner):
    """`serve` prints one line and exits with 1, without printing an address."""
    runner.keys_file.write_text("{}")
    assert_fails(runner.run("serve", "--port", "0", check=False), 1, str(runner.keys_file))


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o601, 0o660, 0o620, 0o650, 0o700 | 0o077])
def test_key_file_that_others_can_read_is_refused(runner, mode):
    """The line tells the file's mode, and the mode it must have."""
    runner.keys_file.chmod(mode)
    assert_fails(
        runner.run("login", "--sub", "u", "--org", "o", check=False), 1, str(runner.keys_file), "0600", f"{mode:04o}"
    )


@pytest.mark.parametrize(
    "command", [["serve", "--port", "0"], ["check"], ["login", "--sub", "u", "--org", "o"], ["keys", "export"]]
)
def test_key_file_must_be_there_with_a_shared_database(tmp_path, command):
    """A machine with a shared database creates no keys: all machines must have the same ones."""
    database = f"sqlite:///{tmp_path}/shared.db"
    assert_fails(
        CliRunner(tmp_path).run(*command, check=False, DATABASE_URL=database), 1, str(tmp_path / "state" / "keys.json")
    )
    assert not (tmp_path / "state" / "keys.json").exists()


@pytest.mark.parametrize("kind", ["folder", "socket", "fifo", "dangling link", "loop of links"])
def test_key_file_that_is_no_file_is_refused(runner, kind):
    """A folder, a socket, a FIFO or a broken link in the file's place is refused, and nothing hangs."""
    runner.keys_file.unlink()
    path = str(runner.keys_file)
    if kind == "folder":
        os.mkdir(path)
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(runner.state):
            server.bind("keys.json")
    else:
        os.symlink("keys.json" if kind == "loop of links" else "nowhere/keys.json", path)
    assert_fails(runner.run("keys", "list", check=False), 1, path)


def test_key_file_in_a_folder_that_is_not_there_is_named(runner):
    """`check` and `serve` both name the file."""
    for command in (["check"], ["serve", "--port", "0"]):
        assert_fails(runner.run(*command, check=False, KEYS_FILE="/nonexistent/keys.json"), 1, "/nonexistent/keys.json")
