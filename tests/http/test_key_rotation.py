"""`keys promote` minds those who verify tokens: they must know the key before it signs, and be able to take its tokens."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.assertions import assert_fails
from tests.support.tokens import private_jwk


def members(runner):
    """The keys in the file, by their ids."""
    return {jwk["kid"]: jwk for jwk in json.loads(runner.keys_file.read_text())["keys"]}


def rewrite(runner, kid, **changed):
    """Changes members of a key; None takes one away."""
    keys = members(runner)
    keys[kid] = {name: value for name, value in (keys[kid] | changed).items() if value is not None}
    runner.keys_file.write_text(json.dumps({"keys": list(keys.values())}))


@pytest.mark.parametrize("age", [0, 299, 301])
def test_key_that_verifiers_may_not_know_is_not_promoted(runner, age):
    """The public keys may be kept for 5 minutes, from 2 seconds after the key was added: so long `promote` refuses it."""
    kid = runner.run("keys", "add").stdout.strip()
    rewrite(runner, kid, added_at=time.time() - age)
    before = runner.keys_file.read_bytes()
    assert_fails(
        runner.run("keys", "promote", kid, check=False),
        1,
        f"key file {runner.keys_file}: {kid} is too young",
        "--force",
    )
    assert runner.keys_file.read_bytes() == before


@pytest.mark.parametrize("added_at", [303, None])
def test_key_that_verifiers_know_is_promoted(runner, added_at):
    """After that it signs. So does a key that somebody else put into the file: nobody knows its age."""
    kid = runner.run("keys", "add").stdout.strip()
    rewrite(runner, kid, added_at=added_at and time.time() - added_at)
    done = runner.run("keys", "promote", kid)
    assert (done.stdout, done.stderr) == ("", "")
    assert next(iter(members(runner))) == kid


def test_forced_promotion_waits_for_the_workers(runner):
    """`--force` waits until every worker has read the new key: 2 seconds from when it was added."""
    (old,) = members(runner)
    kid = runner.run("keys", "add").stdout.strip()
    runner.run("keys", "promote", "--force", kid)
    keys = members(runner)
    assert keys[old]["demoted_at"] >= int(keys[kid]["added_at"] + 2)


def test_key_file_tells_since_when_a_key_signs(runner):
    """The first key since it was made, each other one since it was promoted: at the moment at which the former stopped."""
    began = int(time.time())
    (old,) = members(runner)
    assert began - 60 <= members(runner)[old]["promoted_at"] <= time.time()
    kid = runner.run("keys", "add").stdout.strip()
    assert "promoted_at" not in members(runner)[kid]
    runner.run("keys", "promote", "--force", kid)
    keys = members(runner)
    assert keys[kid]["promoted_at"] == keys[old]["demoted_at"] >= began


@pytest.mark.parametrize(("alg", "longer"), [("RS256", True), ("HS256", False), ("ES256", False)])
def test_promotion_to_longer_signatures_is_warned_of(runner, alg, longer):
    """The line tells by how many bytes tokens grow, and which sessions cannot be refreshed then."""
    before = runner.login(sid="s-1")
    kid = runner.run("keys", "add", "--alg", alg).stdout.strip()
    told = runner.run("keys", "promote", "--force", kid).stderr
    grown = len(runner.login(sid="s-1")) - len(before)
    assert (grown > 0) is longer
    assert told.count("\n") == longer
    if longer:
        assert f"tokens become {grown} bytes longer" in told
        assert f"more than {4084 - grown} bytes" in told


def test_retiring_the_only_other_key_leaves_the_one_that_signs(runner):
    """A public key of somebody else's is retired with `--force` only, as nobody knows until when it signs."""
    jwk = {name: value for name, value in private_jwk("EdDSA", "theirs").items() if name != "d"}
    runner.keys_file.write_text(json.dumps({"keys": [*members(runner).values(), jwk]}))
    assert_fails(runner.run("keys", "promote", "--force", "theirs", check=False), 1, "theirs is a public key")
    assert_fails(runner.run("keys", "retire", "theirs", check=False), 1, "theirs signs elsewhere", "--force")
    runner.run("keys", "retire", "--force", "theirs")
    assert "theirs" not in members(runner)
