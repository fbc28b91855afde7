"""The X-API-Key header: a key that is valid pins the version, any other is a 401."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.support import versions
from tests.support.assertions import REFRESH, UNAUTHORIZED, assert_problem, assert_refreshed
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def api_keys(service):
    """API keys in every state, by name. The service knows all of them."""

    def create(*options, org="org-1", version=versions.OTHER):
        return service.run("api-keys", "create", "--org", org, "--version", version, *options).stdout.strip()

    def identities():
        return {row.split("\t")[0] for row in service.run("api-keys", "list").stdout.splitlines()}

    before = identities()
    made = {"revoked": create()}
    (revoked,) = identities() - before
    end = datetime.fromtimestamp(int(time.time()) + 3, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made |= {
        "ending": create("--expires", end),
        "live": create(),
        "sandbox": create("--sandbox", version=versions.DEFAULT),
        "other org": create(org="org-2"),
        "elsewhere": create("--allow-ip", "10.0.0.0/8", "--allow-ip", "2001:db8::/32"),
        "here": create("--allow-ip", "10.0.0.0/8", "--allow-ip", "127.0.0.0/8"),
        "here, in IPv6": create("--allow-ip", "::ffff:127.0.0.0/104"),
        "elsewhere, in IPv6": create("--allow-ip", "::ffff:10.0.0.0/104"),
        "empty": "",
        "blank": " \t ",
    }
    token = service.sign(sid="api-keys")

    def accepted(name):
        return service.refresh(token, f"X-API-Key: {made[name]}").status == 200

    wait_for(lambda: accepted("here"), "all the keys to be known")
    service.run("api-keys", "revoke", revoked)
    wait_for(lambda: not accepted("revoked"), "the revocation to be in force")
    wait_for(lambda: not accepted("ending"), "the key to end")
    return made


KEYS: dict[str, tuple[list[str], int, str | None]] = {
    "live": (["live"], 200, versions.OTHER),
    "sandbox": (["sandbox"], 200, versions.DEFAULT),
    "from an allowed address": (["here"], 200, versions.OTHER),
    "from an allowed address, in its IPv6 form": (["here, in IPv6"], 200, versions.OTHER),
    "from another address, in its IPv6 form": (["elsewhere, in IPv6"], 401, "api key: not from this address"),
    "twice the same": (["live", "live"], 200, versions.OTHER),
    "empty": (["empty"], 200, versions.DEFAULT),
    "blank": (["blank"], 200, versions.DEFAULT),
    "empty and blank": (["empty", "blank", "empty"], 200, versions.DEFAULT),
    "empty, then live": (["empty", "live"], 200, versions.OTHER),
    "live, then blank": (["live", "blank"], 200, versions.OTHER),
    "empty, then revoked": (["empty", "revoked"], 401, "api key: revoked"),
    "revoked": (["revoked"], 401, "api key: revoked"),
    "expired": (["ending"], 401, "api key: expired"),
    "of another organisation": (["other org"], 401, "api key: of another organisation"),
    "from another address": (["elsewhere"], 401, "api key: not from this address"),
    "twice, different": (["live", "sandbox"], 401, "api key: repeated with different values"),
    "good, then bad": (["live", "revoked"], 401, "api key: repeated with different values"),
}


@pytest.mark.parametrize(("names", "status", "told"), KEYS.values(), ids=KEYS)
def test_api_key_must_be_live_and_pins_the_version(service, api_keys, token, names, status, told):
    """A valid key pins the version. Any other key is a 401, even with a good cookie."""
    reply = service.refresh(token, *(f"X-API-Key: {api_keys[name]}" for name in names))
    if status == 200:
        assert_refreshed(reply)
        assert reply.header("verifa-version") == told
    else:
        assert_problem(reply, status)
        assert reply.body == UNAUTHORIZED
        assert service.reason_of(reply) == told


MALFORMED_KEYS = [
    ",",
    "x",
    "vk_live_",
    "vk_live_" + "A" * 43,
    "%L x",
    "%Lx",
    "Bearer %L",
    "%L, %L",
    "\xff\xfe",
    "a" * 9000,
]


@pytest.mark.parametrize("value", MALFORMED_KEYS)
def test_api_key_that_is_none_is_refused(service, api_keys, token, value):
    """An unknown, cut or quoted key is a 401, even with a good cookie."""
    assert_problem(service.refresh(token, "X-API-Key: " + value.replace("%L", api_keys["live"])), 401)


def test_api_key_alone_never_authenticates(service, api_keys):
    """A live key without a cookie, or with a bad one, is a 401."""
    assert_problem(service.refresh(None, f"X-API-Key: {api_keys['live']}"), 401)
    assert_problem(service.refresh("x.y.z", f"X-API-Key: {api_keys['live']}"), 401)
    for name, reason in (("live", "api key: without a session"), ("empty", "cookie: none")):
        reply = service.refresh(None, f"X-API-Key: {api_keys[name]}")
        assert_problem(reply, 401)
        assert service.reason_of(reply) == reason


def test_api_key_in_the_query_or_authorization_is_not_looked_at(service, token):
    """A key counts in the X-API-Key header only. What stands in the query or in Authorization is ignored."""
    reply = service.request(f"Cookie: vk_org_token={token}", "Authorization: Bearer x", path=f"{REFRESH}?X-API-Key=x")
    assert_refreshed(reply)


def test_version_in_the_request_goes_before_that_of_the_api_key(service, api_keys, token):
    """The version that the request names is used. The key's version is for requests that name none."""
    reply = service.refresh(token, f"X-API-Key: {api_keys['live']}", f"Verifa-Version: {versions.DEFAULT}")
    assert reply.header("verifa-version") == versions.DEFAULT
