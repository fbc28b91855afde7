"""`keys` adds, promotes, retires, lists and exports signing keys."""

from __future__ import annotations

import json

import jwt
import pytest

from tests.support.assertions import assert_fails


def kids(runner):
    """The keys as `keys list` shows them: kid, algorithm, use."""
    return [tuple(line.split("\t")[:3]) for line in runner.run("keys", "list").stdout.splitlines()]


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256", "HS256"])
def test_keys_are_added_promoted_and_retired(runner, alg):
    """`add`, `promote` and `retire` work in turn.

    `retire` refuses the signing key, and a key with live cookies unless forced.
    """
    ((old, _, use),) = kids(runner)
    assert use == "signs"
    new = runner.run("keys", "add", "--alg", alg).stdout.strip()
    assert kids(runner) == [(old, "EdDSA", "signs"), (new, alg, "verifies")]
    assert_fails(runner.run("keys", "retire", old, check=False), 1, str(runner.keys_file), old, "signing key")
    assert runner.run("keys", "promote", "--force", new).stdout == ""
    assert kids(runner) == [(new, alg, "signs"), (old, "EdDSA", "verifies")]
    assert jwt.get_unverified_header(runner.login())["kid"] == new
    assert_fails(runner.run("keys", "retire", old, check=False), 1, str(runner.keys_file), old, "may live until")
    runner.run("keys", "retire", old, "--force")
    assert kids(runner) == [(new, alg, "signs")]
    assert runner.keys_file.stat().st_mode & 0o777 == 0o600
    exported = json.loads(runner.run("keys", "export").stdout)["keys"]
    assert [key["kid"] for key in exported] == ([] if alg == "HS256" else [new])


def test_key_that_never_signed_is_retired_without_force(runner):
    """No cookie can depend on a key that never signed."""
    new = runner.run("keys", "add").stdout.strip()
    runner.run("keys", "retire", new)
    assert new not in [kid for kid, *_ in kids(runner)]


@pytest.mark.parametrize("command", ["promote", "retire"])
def test_key_that_is_not_there_is_named(runner, command):
    """The command exits with 1 and leaves the file as it was."""
    before = runner.keys_file.read_bytes()
    assert_fails(runner.run("keys", command, "no-such-key", check=False), 1, "no-such-key")
    assert runner.keys_file.read_bytes() == before


def test_keys_commands_never_print_private_parts(runner):
    """`list` and `export` print no private key, for every algorithm."""
    for alg in ("ES256", "RS256", "HS256"):
        runner.run("keys", "add", "--alg", alg)
    shown = runner.run("keys", "list").stdout + runner.run("keys", "export").stdout
    assert not runner.secrets_in(shown)
