"""docs/rotation.md, followed as it is written, with a clock that is set ahead for its waits."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial

import jwt
import pytest

from tests.support.assertions import assert_refreshed
from tests.support.dashboards import successor
from tests.support.pages import Reader, blocks, steps
from tests.support.tokens import public_jwk
from tests.support.waiting import wait_for

PAGE = "docs/rotation.md"
OLD, NEW = "9c1e5a0f2b7d4c68", "41d7e0b3a95f2c86"
FIVE_MINUTES, EIGHT_HOURS = 302, 28800 + 2 + 30


def copy(source, target):
    """As the commands of step 2 do; here both machines are folders of one user."""
    shutil.copy2(source.service.keys_file, fresh := target.service.keys_file.with_suffix(".new"))
    os.replace(fresh, target.service.keys_file)


def kept(machine):
    """The copy that step 8 makes."""
    return machine.service.keys_file.with_name("keys.json.before")


def knows(machine, kid):
    """Whether it shows the key."""
    return kid in machine.service.get("/.well-known/jwks.json").body.decode()


def signer(machine, token):
    """The key that signs what a machine makes of a cookie."""
    reply = machine.service.refresh(token)
    assert reply.status == 200, machine.service.reason_of(reply)
    return jwt.get_unverified_header(successor(reply))["kid"]


def signed_ahead(machine, seconds, jwk=None):
    """A cookie that was made after so many seconds, by the key that signs there or another."""
    claims = jwt.decode(machine.service.sign(), options={"verify_signature": False})
    jwk = jwk or json.loads(machine.service.keys_file.read_text())["keys"][0]
    times = {name: claims[name] + seconds for name in ("iat", "exp")}
    token = jwt.encode(claims | times, jwt.PyJWK(jwk).key, jwk["alg"], {"kid": jwk["kid"]})
    machine.service.secrets.add(token)
    return token


def wait_for_signer(machine, token, kid):
    wait_for(lambda: signer(machine, token) == kid, f"{kid} to sign")


@pytest.fixture
def one(machine):
    """A machine whose key is the page's old one."""
    made = machine("one")
    made.terminal.replace |= {"one:8080": f"127.0.0.1:{made.service.port}", OLD: made.kids()[0]}
    made.terminal.replace["journalctl -u session-refresh -o cat --since -1h"] = f"cat {made.service.log.file}"
    return made


def test_rotation_step_by_step(one, machine):
    """Two machines: no cookie is refused at any moment, and each command prints what the page says."""
    two = machine("two")
    copy(one, two)
    one.terminal.replace["two:8080"] = f"127.0.0.1:{two.service.port}"
    (old,) = one.kids()
    wait_for(partial(knows, two, old), "both to have one key")
    cookie = one.service.sign(sid="s-1")
    with Reader(PAGE, one.terminal, "Step by step") as reader:
        reader.names[NEW] = "[0-9a-f]{16}"
        reader.run()  # 1: add
        new = one.terminal.replace[NEW]
        reader.skip("ssh root@two", "both machines have one user here: tests/procedures/test_key_file_copy.py runs it")
        copy(one, two)
        for each in (one, two):
            wait_for(partial(knows, each, new), "the copy")
        reader.run()  # 3: ask
        reader.run(status=1)  # 4: too early
        for each in (one, two):
            each.clock.step(FIVE_MINUTES)
        assert signer(one, cookie) == signer(two, cookie) == old
        reader.run()  # 5: promote
        wait_for_signer(one, cookie, new)
        by_new = successor(one.service.refresh(cookie))
        assert signer(two, by_new) == old, "it verifies what the new key signed, and goes on with the old one"
        copy(one, two)
        wait_for_signer(two, by_new, new)
        assert two.service.refresh(cookie).status == 200
        reader.run(status=1)  # 6: too early
        for each in (one, two):
            each.clock.step(FIVE_MINUTES + EIGHT_HOURS + 10)
        one.service.log.clear()  # what came before is older than an hour
        by_new = signed_ahead(one, FIVE_MINUTES + EIGHT_HOURS)
        assert signer(one, by_new) == new
        reader.run(status=1)  # 7: grep ends with 1, as it finds nothing
        reader.run()  # 8: retire
        assert [each["kid"] for each in json.loads(kept(one).read_text())["keys"]] == [new, old]
        copy(one, two)
        wait_for(lambda: one.kids() == two.kids() == [new], "both to have one key again")
        assert signer(two, by_new) == new
    assert [json.loads(line)["action"] for line in one.service.run("audit", "--json").stdout.splitlines()] == [
        "keys add", "keys promote", "keys retire",
    ]  # fmt: skip


def test_login_service_that_signs_with_the_old_key_is_seen(one):
    """The search of step 7 counts its cookies; then they are refused, until what step 8 kept is put back."""
    (old,) = one.kids()
    theirs = json.loads(one.service.keys_file.read_text())["keys"][0]
    new = one.service.run("keys", "add").stdout.strip()
    one.service.run("keys", "promote", "--force", new)
    one.clock.step(EIGHT_HOURS + 10)
    one.service.log.clear()
    late = signed_ahead(one, EIGHT_HOURS, theirs)
    assert one.service.refresh(late).status == 200
    (search,) = (step for block in blocks(PAGE) for step in steps(block) if "grep -c" in step.command)
    wait_for(lambda: one.terminal.run(search.command) == (0, "1\n"), "its line")
    assert "if nobody else signs with it" in one.service.run("keys", "list").stdout
    shutil.copy2(one.service.keys_file, kept(one))
    one.service.run("keys", "retire", "--force", old)
    reply = wait_for(lambda: (r := one.service.refresh(late)).status == 401 and r, "the key to be gone")
    assert one.service.reason_of(reply) == "header kid: no such key"
    os.replace(kept(one), one.service.keys_file)
    wait_for(lambda: one.service.refresh(late).status == 200, "the key to be back")


def test_public_key_of_the_login_service(one, tmp_path):
    """Only `--force` takes it away."""
    vector = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}  # RFC 8037, A.2
    (tmp_path / "theirs.json").write_text(json.dumps(vector))
    kid = one.service.run("keys", "add", "--public", str(tmp_path / "theirs.json")).stdout.strip()
    with Reader(PAGE, one.terminal, "A public key of the login service") as reader:
        assert kid in reader.left[0].text
        reader.run(status=1)
        reader.run()
    assert kid not in one.kids()


def test_key_that_somebody_else_may_have(one):
    """It is gone within seconds, and what it signed; what was made of it meanwhile is revoked. Sign-ins go on."""
    forged = one.service.sign(sub="anybody", org="org_1")
    old = json.loads(one.service.keys_file.read_text())["keys"][0]
    with Reader(PAGE, one.terminal, "A key that somebody else may have") as reader:
        reader.names[NEW] = "[0-9a-f]{16}"
        revoke = reader.left.pop()
        reader.run()
        assert one.kids() == [one.terminal.replace[NEW]]
        reply = wait_for(lambda: (r := one.service.refresh(forged)).status == 401 and r, "the old key to be gone")
        assert one.service.reason_of(reply) == "header kid: no such key"
        laundered = one.service.sign(sub="anybody", org="org_1")  # as if it had been refreshed in time
        assert_refreshed(one.service.refresh(laundered))
        reader.left.append(revoke)
        reader.run()
    wait_for(lambda: one.service.refresh(laundered).status == 401, "the revocation", 5)
    assert_refreshed(one.service.refresh(one.service.sign(sub="anybody", org="org_1", auth_time=None)))
    assert public_jwk(old)["kid"] not in one.service.get("/.well-known/jwks.json").body.decode()
