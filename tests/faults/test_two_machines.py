"""Two machines share one PostgreSQL: what is done on one is in force on the other."""

from __future__ import annotations

import time

import pytest

from tests.support import versions
from tests.support.dashboards import Tab, mint, refreshing
from tests.support.service import Service
from tests.support.waiting import wait_for

BOUND = 2.0  # seconds, from the end of the command


@pytest.fixture(scope="module")
def machines(start_shared, postgresql_server, tmp_path_factory):
    """Two services, each with its own state directory; database and keys are shared. Every test has its own users."""
    postgresql_server.start()
    folder = tmp_path_factory.mktemp("keys")
    keys = folder / "keys.json"
    Service(folder, KEYS_FILE=str(keys)).cli("keys", "add")  # creates the keys
    shared = {"KEYS_FILE": str(keys), "DATABASE_URL": postgresql_server.new_database()}
    shared |= {"RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}
    return start_shared(**shared), start_shared(**shared)


REVOKED_BY = {
    "session": ("--session", "by-session"),
    "user": ("--user", "u-1", "--org", "org-by-user"),
    "organisation": ("--org", "org-by-organisation"),
}


@pytest.mark.parametrize("kind", REVOKED_BY)
def test_revoked_on_one_is_refused_on_the_other(machines, kind):
    """The other machine refuses the session within 2 s after `revoke` returns. Other sessions are not affected."""
    one, two = machines
    (token,) = mint(one, f"by-{kind}", sub="u-1", org=f"org-by-{kind}")
    (other,) = mint(one, f"not-by-{kind}", sub="u-2", org="another")
    assert two.refresh(token).status == 200
    one.cli("revoke", *REVOKED_BY[kind])
    wait_for(lambda: two.refresh(token).status == 401, "the other machine to refuse", BOUND)
    assert one.refresh(token).status == 401 or wait_for(lambda: one.refresh(token).status == 401, "both", BOUND)
    assert two.refresh(other).status == 200


def test_api_key_made_and_revoked_on_one_counts_on_the_other(machines):
    """The other machine accepts a new API key within 2 s, and refuses a revoked one within 2 s."""
    one, two = machines
    (token,) = mint(one, "s-1", org="org-with-a-key")
    key = one.cli("api-keys", "create", "--org", "org-with-a-key", "--version", versions.OTHER).stdout.strip()

    def status():
        return two.refresh(token, f"X-API-Key: {key}").status

    wait_for(lambda: status() == 200, "the key to hold", BOUND)
    key_id = one.cli("api-keys", "list").stdout.split("\t")[0]
    one.cli("api-keys", "revoke", key_id)
    wait_for(lambda: status() == 401, "the key to be refused", BOUND)
    assert two.refresh(token).status == 200, "the session itself is good"


def test_fifty_tabs_cannot_outrun_a_revocation(machines):
    """50 tabs refresh on both machines while their session is revoked. After 2 s none of their tokens is accepted."""
    one, two = machines
    tabs = [Tab(service, token) for service in machines for token in mint(service, *["fifty"] * 25)]
    with refreshing(tabs):
        wait_for(lambda: all(len(tab.tokens) > 2 for tab in tabs), "every tab to refresh", 20)
        one.cli("revoke", "--session", "fifty")
        deadline = time.monotonic() + BOUND
        wait_for(lambda: time.monotonic() >= deadline, "the bound to pass")
        held = {token for tab in tabs for token in tab.tokens[-20:]}
    held |= {tab.tokens[-1] for tab in tabs}
    assert len(held) > 50
    for service in (one, two):
        assert {service.refresh(token).status for token in held} == {401}
