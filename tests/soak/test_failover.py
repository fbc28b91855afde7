"""After a failover nobody is judged by the database that was left: a revoked session gets 503 or 401, never 200."""

from __future__ import annotations

import os
import time

import pytest

from tests.support.dashboards import mint
from tests.support.postgresql import PostgreSQL, Standby
from tests.support.program import PROGRAM
from tests.support.service import Service
from tests.support.waiting import wait_for

SETTINGS = {
    "MAX_STALENESS": "3",
    "REVOCATION_POLL": "0.2",
    "RATE_LIMIT": "1000000/minute",
    "FAILURE_RATE_LIMIT": "1000000/minute",
}


@pytest.fixture
def keys(tmp_path):
    keys = {"KEYS_FILE": str(tmp_path / "keys.json")}
    Service(tmp_path, **keys).cli("keys", "add")
    return {**keys, **SETTINGS}


@pytest.fixture
def pair():
    """A primary with a database of the service's, and its standby."""
    primary = PostgreSQL()
    primary.start()
    standby = None
    try:
        database = primary.new_database().rpartition("/")[2]
        standby = Standby(primary)
        standby.start()
        yield primary, standby, database
    finally:
        if standby is not None:
            standby.remove()
        primary.remove()


def in_step(primary, standby):
    """Waits until the standby has all that the primary has."""
    with primary.connect() as connection:
        (position,) = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
    with standby.connect() as connection:
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn"
        wait_for(lambda: connection.execute(replayed).fetchone()[0], "the standby to follow")


def statuses_until(service, token, wanted, seconds=20):
    """What refreshing gets, again and again, until it is `wanted`."""
    seen = [service.refresh(token).status]
    until = time.monotonic() + seconds
    while seen[-1] != wanted and time.monotonic() < until:
        seen.append(service.refresh(token).status)
    assert seen[-1] == wanted, set(seen)
    return seen


def test_former_primary_that_refuses_writes_is_left(start, keys, pair):
    """The service follows to the new primary by itself; a session that is revoked there is out, and others are in."""
    primary, standby, database = pair
    hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}&target_session_attrs=read-write"
    url = primary.url(database).replace(f"127.0.0.1:{primary.port}", "") + f"?{hosts}"
    service = start(DATABASE_URL=url, **keys)
    (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
    assert service.refresh(revoked).status == 200
    in_step(primary, standby)
    primary.fence()
    standby.promote()
    service.cli("revoke", "--session", "s-2", DATABASE_URL=standby.url(database))
    statuses_until(service, revoked, 401)
    assert service.refresh(token).status == 200
    assert service.get("/readyz").status == 200


@pytest.mark.parametrize("how", ["standby", "fenced"])
def test_database_that_cannot_be_written_is_no_database(start, keys, pair, how):
    """Of a standby, or a fenced primary, nothing is believed: 503 after the bound, /readyz and `check` say so."""
    primary, standby, database = pair
    service = start(DATABASE_URL=primary.url(database), **keys)
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 200
    service.stop()
    in_step(primary, standby)
    server = standby if how == "standby" else primary
    if how == "fenced":
        primary.fence()
    began = time.monotonic()
    left = start(DATABASE_URL=server.url(database), **keys)
    assert left.refresh(token).status == 503
    assert left.get("/readyz").status == 503
    assert "it is a standby or read-only" in left.log.text()
    done = left.cli("check", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "standby or read-only" in done.stderr
    done = left.cli("revoke", "--session", "s-1", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "standby or read-only" in done.stderr
    if how == "standby":
        standby.promote()
    else:
        primary.fence(readonly=False)
    wait_for(lambda: left.refresh(token).status == 200, "the service to believe it")
    assert time.monotonic() - began < 60


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process a hosts file of its own")
def test_name_that_points_elsewhere_is_followed(start, keys, pair, tmp_path):
    """When the database's name moves, a connection to the server that it meant before is given up, though it works."""
    former, _, database = pair
    latter = PostgreSQL(address="127.0.0.2", port=former.port)
    latter.start()
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost database.test\n")
    try:
        assert latter.new_database().rpartition("/")[2] == database
        url = former.url(database, host="database.test")
        own_hosts = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts), PROGRAM)
        service = start(DATABASE_URL=url, command=own_hosts, **keys)
        first = start(DATABASE_URL=latter.url(database), **keys)  # makes the tables there
        first.stop()
        (token,), (revoked,) = mint(service, "s-1"), mint(service, "s-2")
        assert service.refresh(revoked).status == 200
        hosts.write_text("127.0.0.1 localhost\n127.0.0.2 database.test\n")
        service.cli("revoke", "--session", "s-2", DATABASE_URL=latter.url(database))
        statuses_until(service, revoked, 401)
        assert service.refresh(token).status == 200
        assert "its name now points to another server" in service.log.text()
        hosts.write_text("127.0.0.1 localhost\n")  # the name cannot be looked up: what works goes on
        until = time.monotonic() + 4
        wait_for(lambda: service.refresh(token).status != 200 or time.monotonic() > until, "the bound to pass")
        assert service.refresh(token).status == 200
    finally:
        latter.remove()
