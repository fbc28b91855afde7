"""Forward authentication: nobody can put a name of their own in the place of the one that the service states."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.proxies.guards import CLIENT, NAMES, ask, told
from tests.support import versions
from tests.support.waiting import wait_for

SPELLINGS = {
    "as documented": ("X-Auth-Subject: root",),
    "lower case": ("x-auth-subject: root",),
    "upper case": ("X-AUTH-SUBJECT: root",),
    "underscores": ("X_Auth_Subject: root",),
    "one underscore": ("X-Auth_Subject: root",),
    "the other underscore": ("X_Auth-Subject: root",),
    "underscores, lower case": ("x_auth_subject: root",),
    "dots": ("X.Auth.Subject: root",),
    "a dot and a hyphen": ("X.Auth-Subject: root", "X-Auth.Subject: admin"),
    "twice": ("X-Auth-Subject: root", "X-Auth-Subject: admin"),
    "twice, spelled differently": ("X-Auth-Subject: root", "x_auth_SUBJECT: admin"),
    "all": tuple(f"{name}: root" for name in NAMES),
    "a blank before the colon": ("X-Auth-Subject : root",),
    "folded": ("X-Other: a\r\n X-Auth-Subject: root",),
    "named by Connection": ("Connection: X-Auth-Subject", "X-Auth-Subject: root"),
    "named by a second Connection": ("Connection: X-Auth-Subject, x-auth-organisation", "Connection: Upgrade"),
    "empty": ("X-Auth-Subject:",),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_clients_own_headers_never_get_through(guard, guarded, application, spelling):
    """With a good cookie the application is told what the service stated; without one it is not asked."""
    before = len(application.requests)
    assert ask(guard, None, *SPELLINGS[spelling]).status in (400, 401)
    assert len(application.requests) == before
    reply = ask(guard, guarded.sign(sub="user-1"), *SPELLINGS[spelling])
    if reply.status == 400:  # the proxy refuses what is no HTTP
        assert spelling in ("a blank before the colon", "folded")
        return
    stated = told(reply)
    assert stated["x-auth-subject"] == "user-1"
    assert not {"root", "admin"} & set(stated.values())


@pytest.mark.parametrize("subject", ["user 1", "user%201", "user%25201", "Jürgen", "u,v", "日本語", "a+b=c;d"])
def test_subjects_cannot_look_alike(guard, guarded, subject):
    """Each comes through as visible ASCII, and decodes to itself alone."""
    seen = told(ask(guard, guarded.sign(sub=subject)))["x-auth-subject"]
    assert unquote(seen, errors="strict") == subject
    assert seen.isascii()
    assert " " not in seen


def test_api_key_counts_with_the_clients_address(guard, guarded):
    """A good key passes, and one for the proxy's own address does not: the address is that of the proxy's client."""
    create = ("api-keys", "create", "--org", "org-1", "--version", versions.OTHER, "--allow-ip")
    here, elsewhere = (guarded.run(*create, network).stdout.strip() for network in (CLIENT, "127.0.0.1"))
    token = guarded.sign()
    wait_for(lambda: ask(guard, token, f"X-API-Key: {here}").status == 200, "the keys to be known")
    assert ask(guard, token, f"X-API-Key: {elsewhere}").status == 401
    for told_by_client in ("X-Forwarded-For: 127.0.0.1", "Connection: X-Forwarded-For"):
        assert ask(guard, token, f"X-API-Key: {elsewhere}", told_by_client).status == 401
