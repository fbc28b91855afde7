"""PostgreSQL fails in every way it can: good responses up to a time limit, then 503, then recovery."""

from __future__ import annotations

import time

import pytest

from tests.support.dashboards import Tab, mint, refreshing, total
from tests.support.service import Service
from tests.support.waiting import wait_for

STALENESS = 3.0
SETTINGS = {"MAX_STALENESS": "3", "REVOCATION_POLL": "0.2", "RATE_LIMIT": "1000000/minute", "METRICS": "true"}

# How the outage begins, and how it ends.
OUTAGES = {
    "stopped": (lambda server: server.stop(), lambda server: server.start()),
    "hanging": (lambda server: server.hang(), lambda server: server.resume()),
    "refusing": (lambda server: server.refuse(), lambda server: server.admit()),
}


@pytest.fixture
def settings(tmp_path, postgresql):
    keys = str(tmp_path / "keys.json")
    Service(tmp_path, KEYS_FILE=keys).cli("keys", "add")  # creates the keys
    return {"KEYS_FILE": keys, "DATABASE_URL": postgresql.new_database(), **SETTINGS}


@pytest.mark.parametrize("kind", OUTAGES)
def test_outage_is_bridged_then_told_then_over(start, postgresql, settings, kind):
    """Without PostgreSQL refreshes get 200 up to MAX_STALENESS and then 503, never 401. They recover by themselves."""
    leave, come_back = OUTAGES[kind]
    service = start(**settings)
    (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
    service.cli("revoke", "--session", "s-2")
    wait_for(lambda: service.refresh(revoked).status == 401, "the revocation to be in force")
    left = time.monotonic()
    try:
        leave(postgresql)
        statuses = [service.refresh(token).status]
        while statuses[-1] == 200:
            assert time.monotonic() - left < 2 * STALENESS + 2, "served beyond the bound"
            statuses.append(service.refresh(token).status)
        assert statuses[:-1], "no outage is so short that it is not bridged"
        assert set(statuses[:-1]) == {200}
        assert statuses[-1] == 503
        reply = service.refresh(token)
        assert (reply.status, reply.json()["error"]) == (503, "unavailable")
        assert int(reply.header("retry-after")) > 0
        assert reply.header("set-cookie") is None
        assert service.refresh(revoked).status == 401, "who is known to be revoked is refused for good"
        ready = service.get("/readyz")
        assert (ready.status, ready.json()["store"][:5]) == (503, "unava"), ready.body
        assert service.get("/healthz").status == 200
        wait_for(lambda: any(line["event"] == "store unavailable" for line in service.log.lines()), "the log", 10)
    finally:
        come_back(postgresql)
    wait_for(lambda: service.refresh(token).status == 200, "recovery", 10)
    assert service.get("/readyz").json()["store"] == "ok"
    assert service.refresh(revoked).status == 401
    assert not any(line["event"] == "crash" for line in service.log.lines())


def test_revoked_while_cut_off_is_not_let_through(start, postgresql, settings):
    """A machine without access to the database refuses a session that is revoked meanwhile: 503 at first, 401 later."""
    service = start(**settings)
    (token,) = mint(service, "s-1")
    admitted = settings["DATABASE_URL"].replace("postgres:", "operator:")
    with postgresql.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS operator")
        connection.execute("CREATE ROLE operator SUPERUSER LOGIN")
    postgresql.refuse("postgres")
    revoked = time.monotonic()
    service.cli("revoke", "--session", "s-1", DATABASE_URL=admitted)
    wait_for(lambda: time.monotonic() > revoked + STALENESS + 1, "the bound to pass")
    assert service.refresh(token).status == 503
    postgresql.admit()
    seen: set[int] = set()

    def in_force() -> bool:
        seen.add(service.refresh(token).status)
        return 401 in seen

    wait_for(in_force, "the revocation to be in force", 10)
    assert seen <= {503, 401}, "never let through"


def test_restart_of_postgresql_is_not_noticed(start, postgresql, settings):
    """Clients that refresh without pause get only 200 while PostgreSQL restarts."""
    service = start(**settings)
    tabs = [Tab(service, token) for token in mint(service, *"abcd")]
    with refreshing(tabs):
        wait_for(lambda: all(tab.statuses[200] > 5 for tab in tabs), "every tab to refresh")
        postgresql.stop()
        postgresql.start()
        connected = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'session-refresh'"
        with postgresql.connect() as connection:
            wait_for(lambda: connection.execute(connected).fetchone()[0], "the service to be back", 5)
        before = [tab.statuses[200] for tab in tabs]
        wait_for(lambda: all(tab.statuses[200] > count + 5 for tab, count in zip(tabs, before, strict=True)), "more")
    assert set(total(tabs)) == {200}


@pytest.mark.parametrize("kind", OUTAGES)
def test_service_starts_without_postgresql(start, postgresql, settings, kind):
    """A service that starts without PostgreSQL answers 503, never 401, and works once PostgreSQL is there."""
    leave, come_back = OUTAGES[kind]
    try:
        leave(postgresql)
        service = start(**settings)
        (token,) = mint(service, "s-1")
        assert service.refresh(token).status == 503
        assert service.get("/readyz").status == 503
    finally:
        come_back(postgresql)
    wait_for(lambda: service.refresh(token).status == 200, "recovery", 15)
    service.cli("revoke", "--session", "s-1")
    wait_for(lambda: service.refresh(token).status == 401, "the revocation to be in force")


@pytest.mark.parametrize("kind", OUTAGES)
def test_commands_say_so_in_one_line(start, postgresql, settings, tmp_path, kind):
    """Without PostgreSQL, `revoke` prints one line and exits with 1 within a minute."""
    leave, come_back = OUTAGES[kind]
    operator = Service(tmp_path, **settings)
    try:
        leave(postgresql)
        done = operator.cli("revoke", "--session", "s-1", check=False)
    finally:
        come_back(postgresql)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("session-refresh: ")
    assert "store: " in done.stderr


def test_connection_on_which_nothing_comes_is_given_up(start, postgresql, settings):
    """If one connection hangs, as after a failover, the service soon uses a new one."""
    service = start(**settings)
    (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
    hanging = postgresql.hang_connections("session-refresh")
    assert len(hanging) == 1
    try:
        wait_for(
            lambda: set(postgresql.connections("session-refresh")) - set(hanging), "a new connection", 2 * STALENESS
        )
        service.cli("revoke", "--session", "s-2")
        wait_for(lambda: service.refresh(revoked).status == 401, "a revocation to be in force")
        assert service.refresh(token).status == 200
    finally:
        postgresql.resume()


def test_sigterm_while_postgresql_hangs(start, postgresql, settings):
    """The service stops on SIGTERM although its store does not answer."""
    service = start(**settings)
    try:
        postgresql.hang()
        wait_for(lambda: service.get("/readyz").status == 503, "the bound to pass", 15)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 15
    finally:
        postgresql.resume()
