"""Behind PgBouncer in transaction mode, where every transaction gets another session, the service works as it does without."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest

from tests.support import versions
from tests.support.dashboards import mint
from tests.support.pgbouncer import PgBouncer
from tests.support.service import Service
from tests.support.waiting import wait_for

STARTUP_PARAMETERS = {
    "as it comes": (),
    "ignoring startup parameters": ("ignore_startup_parameters = options,extra_float_digits",),
}


@pytest.fixture
def keys(tmp_path):
    keys = {"KEYS_FILE": str(tmp_path / "keys.json")}
    Service(tmp_path, **keys).cli("keys", "add")
    return {"REVOCATION_POLL": "0.2", **keys}


@pytest.fixture(params=STARTUP_PARAMETERS)
def pooler(request, postgresql):
    running = PgBouncer(postgresql, *STARTUP_PARAMETERS[request.param])
    running.start()
    yield running
    running.remove()


def statuses(service, token):
    """What refreshes get, in both workers."""
    return {reply.status for reply in service.refresh_at_once(token)}


def test_service_and_commands_work_through_a_pooler(start, postgresql, pooler, keys):
    """Two workers make the tables, follow revocations and API keys for many polls, and commands work: no error at all."""
    database = postgresql.new_database().rpartition("/")[2]
    service = start(
        "--workers", "2", DATABASE_URL=pooler.url(database), MAX_STALENESS="2", RATE_LIMIT="100000/minute", **keys
    )
    for number in range(5):
        token, revoked = mint(service, f"good-{number}", f"bad-{number}")
        assert service.refresh(revoked).status == 200
        service.cli("revoke", "--session", f"bad-{number}")
        seen = partial(statuses, service, revoked)
        wait_for(lambda: seen() == {401}, "the revocation to be in force in both workers")  # noqa: B023
        assert service.refresh(token).status == 200
    key = service.cli("api-keys", "create", "--org", "org-1", "--version", versions.OTHER).stdout.strip()
    wait_for(lambda: service.refresh(token, f"X-API-Key: {key}").status == 200, "the key to be known")
    assert service.cli("check").stdout
    assert service.get("/readyz").json()["store"] == "ok"
    assert not [line for line in service.log.lines() if line["level"] == "error"]


def test_waiting_for_a_lock_ends_through_a_pooler(start, postgresql, pooler, keys):
    """A revocation that waits for a row that somebody holds fails in one line within seconds, also behind a pooler."""
    database = postgresql.new_database().rpartition("/")[2]
    service = start(DATABASE_URL=pooler.url(database), **keys)
    with psycopg.connect(postgresql.dsn(database)) as holder:
        holder.execute("SELECT * FROM session_refresh_sequence FOR UPDATE")
        done = service.cli("revoke", "--session", "s-1", check=False)
        holder.rollback()
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "lock timeout" in done.stderr


def test_options_of_the_url_are_kept(start, postgresql, keys):
    """What the operator's URL sets by `options`, a search path or a limit of time, is in force in every transaction."""
    url = postgresql.new_database()
    database = url.rpartition("/")[2]
    with postgresql.connect(database) as connection:
        connection.execute("CREATE SCHEMA own")
    options = "-csearch_path%3Down%20-cstatement_timeout%3D7s"
    start(DATABASE_URL=f"{url}?options={options}&application_name=named-by-the-operator", **keys)
    with postgresql.connect(database) as connection:
        found = connection.execute("SELECT count(*) FROM own.session_refresh_sequence").fetchone()
        assert found == (1,)
    assert postgresql.connections("named-by-the-operator")
