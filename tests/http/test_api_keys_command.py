"""`api-keys` creates, lists and revokes API keys."""

from __future__ import annotations

import re

from tests.support import versions
from tests.support.assertions import assert_fails
from tests.support.waiting import wait_for


def test_api_key_is_shown_once_and_only_its_digest_is_stored(service):
    """No file of the state directory contains the key, and `list` shows everything but the key."""
    import hashlib

    key = service.cli(
        "api-keys", "create", "--org", "org-9", "--version", versions.OTHER, "--allow-ip", "10.0.0.0/8"
    ).stdout.strip()
    sandbox = service.run(
        "api-keys", "create", "--org", "org-9", "--version", versions.DEFAULT, "--sandbox"
    ).stdout.strip()
    assert re.fullmatch(r"vk_live_[\w-]{43}", key)
    assert re.fullmatch(r"vk_sandbox_[\w-]{43}", sandbox)
    stored = b"".join(file.read_bytes() for file in service.state.iterdir())
    for secret in (key, sandbox):
        assert secret.encode() not in stored
        assert secret.partition("_")[2].partition("_")[2].encode() not in stored
        assert hashlib.sha256(secret.encode()).hexdigest().encode() in stored
    listed = service.run("api-keys", "list").stdout
    assert not service.secrets_in(listed)
    rows = [row.split("\t")[1:] for row in listed.splitlines() if "\torg-9\t" in row]
    assert sorted(rows) == [
        ["live", "org-9", versions.OTHER, "active", "10.0.0.0/8"],
        ["sandbox", "org-9", versions.DEFAULT, "active", "any address"],
    ]


def test_api_key_is_revoked_within_2_seconds(service):
    """A revoked key is a 401 within 2 seconds. Revoking it again changes nothing, and an unknown id is an error."""
    token = service.sign(org="org-8")
    key = service.run("api-keys", "create", "--org", "org-8", "--version", versions.OTHER).stdout.strip()
    (row,) = [row for row in service.run("api-keys", "list").stdout.splitlines() if "\torg-8\t" in row]
    wait_for(lambda: service.refresh(token, f"X-API-Key: {key}").status == 200, "the key to be known", 2.0)
    service.run("api-keys", "revoke", row.split("\t")[0])
    wait_for(lambda: service.refresh(token, f"X-API-Key: {key}").status == 401, "the revocation to be in force", 2.0)
    service.run("api-keys", "revoke", row.split("\t")[0])
    assert f"\torg-8\t{versions.OTHER}\trevoked\t" in service.run("api-keys", "list").stdout
    assert_fails(service.run("api-keys", "revoke", "ak_nope", check=False), 1, "ak_nope")
