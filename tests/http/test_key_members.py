"""What may stand in a key file beside our keys, and what may not, as every command that reads it tells."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner
from tests.support.tokens import private_jwk, public_jwk

GOOD = private_jwk("EdDSA", "former")
SECOND = private_jwk("EdDSA", "second")
RSA = private_jwk("RS256", "rsa")
FOREIGN = [
    {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
    {"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AA", "note": "ü", "number": 1.5},
    {**SECOND, "use": "enc", "added_at": "yesterday"},
    {"kty": "oct", "k": "AA", "alg": "A256GCM"},
    {"kty": "OKP", "crv": "X25519", "x": "AA"},
    {"kty": "EC", "crv": "P-384", "kid": "p384", "x": "AA", "y": "AA"},
    {"kty": "EC", "crv": "P-256", "key_ops": ["deriveBits"], "ext": True, "x": "AA", "y": "AA"},
]
COMMANDS = {
    "list": ["keys", "list"],
    "add": ["keys", "add"],
    "promote": ["keys", "promote", "second"],
    "retire": ["keys", "retire", "second"],
    "export": ["keys", "export"],
    "check": ["check"],
}


def write(runner, *members):
    runner.keys_file.write_text(json.dumps({"keys": list(members)}))


@pytest.mark.parametrize("command", COMMANDS)
def test_members_that_are_no_keys_of_ours_are_kept_and_told(runner, command):
    """Members that RFC 7517 section 5 lets one ignore: a warning each, and no command changes, counts or shows them."""
    write(runner, FOREIGN[0], GOOD, *FOREIGN[1:], SECOND)
    done = runner.run(*COMMANDS[command])
    told = done.stderr.splitlines()
    assert len(told) == len(FOREIGN)
    assert all(
        line.startswith(f"session-refresh: warning: key file {runner.keys_file}: passed over: ") for line in told
    )
    kept = json.loads(runner.keys_file.read_text())["keys"]
    assert [member for member in kept if member in FOREIGN] == FOREIGN
    assert "pq" not in done.stdout
    if command == "list":
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["former", "second"]


def test_running_service_tells_of_members_that_it_passes_over(start):
    """One line at each load that names every one of them; the public set leaves them out."""
    service = start()
    known = json.loads(service.keys_file.read_text())["keys"]
    write(service, *known, *FOREIGN)
    line = service.log.event("members of the key file were passed over")
    assert (line["level"], len(line["reasons"])) == ("warning", len(FOREIGN))
    assert len(service.get("/.well-known/jwks.json").json()["keys"]) == len(known)
    assert service.get("/readyz").json()["keys"] == "ok"


JUNK = {
    "text": '"yesterday"',
    "negative": "-1",
    "NaN": "NaN",
    "infinite": "1e999",
    "of 400 digits": "9" * 400,
    "true": "true",
    "null": "null",
    "a list": "[1]",
    "two days ahead": str(time.time() + 172_800),
}


@pytest.mark.parametrize("name", ["added_at", "promoted_at", "demoted_at"])
@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_our_own_members_is_named(runner, name, junk):
    """Every `keys` command and `check` name the key and the member, and change nothing."""
    write(runner, GOOD, SECOND)
    text = runner.keys_file.read_text().replace('"kid": "second"', f'"kid": "second", "{name}": {JUNK[junk]}')
    runner.keys_file.write_text(text)
    for command in COMMANDS.values():
        assert_fails(
            runner.run(*command, check=False),
            1,
            f"key file {runner.keys_file}: key second: {name} is no time in the past",
        )
    assert runner.keys_file.read_text() == text


def test_junk_in_our_own_members_stops_no_service(start):
    """They are for the `keys` commands: the service starts, and picks such a file up."""
    service = start()
    known = json.loads(service.keys_file.read_text())["keys"]
    write(service, *known, SECOND | {"added_at": "yesterday", "demoted_at": [1]})
    service.log.event("keys in force")
    assert service.get("/readyz").json()["keys"] == "ok"


UNFIT = {
    "RSA of 16,385 bits": public_jwk(RSA) | {"n": "B" + "_" * 2731},
    "RSA, a modulus of a megabit": public_jwk(RSA) | {"n": "_" * 170_000},
    "RSA, d of a megabit, without its primes": {
        name: value for name, value in RSA.items() if name not in ("p", "q", "dp", "dq", "qi")
    } | {"d": "V" * 170_000},
    "HS256 of zeros": {"kty": "oct", "alg": "HS256", "kid": "rsa", "k": "A" * 43},
    "ES256 that names P-384": private_jwk("ES256", "rsa") | {"crv": "P-384"},
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_unfit_key_beside_good_ones_is_refused_at_once(runner, name):
    """One line names the key, after no time in which a service could answer nobody."""
    write(runner, GOOD, SECOND, UNFIT[name])
    before = time.process_time()
    assert_fails(runner.run("keys", "list", check=False), 1, f"key file {runner.keys_file}: key rsa: ")
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize("command", COMMANDS.values())
@pytest.mark.parametrize("text", ["{}", '{"keys": 1}', '{"keys": [1]}', "[]", '{"keys": [{}]}'])
def test_file_that_is_no_key_set_is_one_line(runner, command, text):
    """Whatever command reads it first."""
    runner.keys_file.write_text(text)
    assert_fails(runner.run(*command, check=False), 1, f"key file {runner.keys_file}: ")


@pytest.mark.parametrize("command", [each for name, each in COMMANDS.items() if name not in ("add", "check")])
def test_only_serve_and_add_make_a_key_file(runner, command):
    """Other commands name where they looked, and make nothing."""
    runner.keys_file.unlink()
    before = sorted(runner.state.iterdir())
    assert_fails(runner.run(*command, check=False), 1, f"key file {runner.keys_file}: No such file")
    assert sorted(runner.state.iterdir()) == before


def test_add_makes_a_key_file_in_a_folder_that_is_there(tmp_path):
    """For its owner alone, and its key signs. Where there is no folder, none is made."""
    runner = CliRunner(tmp_path, KEYS_FILE=str(tmp_path / "keys" / "keys.json"))
    assert_fails(runner.run("keys", "add", check=False), 1, f"key file {runner.keys_file}: No such file")
    assert list(tmp_path.iterdir()) == []
    runner.keys_file.parent.mkdir()
    kid = runner.run("keys", "add").stdout.strip()
    assert runner.keys_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in runner.keys_file.parent.iterdir()] == ["keys.json"]
    assert runner.run("keys", "list").stdout.split("\t")[:3] == [kid, "EdDSA", "signs"]
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
