"""The key file of a running service: how often it is loaded, and what is told of it."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from security.keys import load_key_set
from service.state import key_file
from service.state.key_file import LiveKeyFile
from tests.support.tokens import private_jwk

GOOD = private_jwk("EdDSA", "good")
RSA = private_jwk("RS256", "rsa")
UNFIT = {**GOOD, "kid": "unfit", "x": "AA"}


@pytest.fixture
def log():
    """What is told, by its level."""
    return mock.Mock()


@pytest.fixture
def path(tmp_path):
    """A key file with one key."""
    made = tmp_path / "keys.json"
    made.touch(mode=0o600)
    write(made, GOOD)
    return made


def write(path, *members):
    path.write_text(json.dumps({"keys": members}))


def test_refused_keys_are_not_loaded_again_until_they_change(path, log, monkeypatch):
    """An RSA key takes so long to load that a service which tried twice a second would answer late."""
    live = LiveKeyFile(path, log)
    load = mock.Mock(side_effect=load_key_set)
    monkeypatch.setattr(key_file, "load_key_set", load)
    write(path, RSA, UNFIT)
    for _ in range(5):
        live.reload()
    path.touch()
    live.reload()
    assert load.call_count == 1
    assert live.current.incomplete
    path.chmod(0o644)
    live.reload()
    assert "mode is 0644" in live.problem
    path.chmod(0o600)
    live.reload()
    assert "key unfit" in live.problem
    assert load.call_count == 1
    write(path, RSA)
    live.reload()
    assert (live.problem, live.current.signing.kid, live.current.incomplete) == ("", "rsa", False)


def test_each_problem_is_told_once_and_its_end(path, log):
    """However often the file is tried in between; members that are passed over are told when they are loaded."""
    live = LiveKeyFile(path, log)
    path.chmod(0o644)
    for _ in range(3):
        live.reload()
    assert log.error.call_count == 1
    path.unlink()
    for _ in range(3):
        live.reload()
    assert log.error.call_count == 2
    assert log.info.call_count == log.warning.call_count == 0
    path.touch(mode=0o600)
    write(path, GOOD, {"kty": "AKP"})
    for _ in range(3):
        live.reload()
    assert (log.error.call_count, log.info.call_count, log.warning.call_count) == (2, 1, 1)
    assert live.problem == ""


def test_file_that_is_replaced_while_it_is_read_is_read_again(path, log, monkeypatch):
    """What is there when the reading is over counts, not what was there when it began."""
    live = LiveKeyFile(path, log)
    write(path, RSA)
    read = key_file.read_own

    def replaced_meanwhile(which):
        jwks = read(which)
        monkeypatch.undo()
        fresh = path.with_name("fresh")
        fresh.touch(mode=0o600)
        write(fresh, RSA, GOOD)
        fresh.replace(path)
        return jwks

    monkeypatch.setattr(key_file, "read_own", replaced_meanwhile)
    live.reload()
    assert list(live.current.keys) == ["rsa"]
    live.reload()
    assert list(live.current.keys) == ["rsa", "good"]
