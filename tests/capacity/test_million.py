"""What a million revocations cost in memory, at start, and for each refresh."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import closing

import pytest

from security.revocations import Revocation
from service.state.store import Store
from tests.stores.records import RECORD
from tests.support.dashboards import Tab, mint
from tests.support.service import Service
from tests.support.waiting import wait_for

MILLION = 1_000_000
PIECE = 50_000
MEMORY = 250 * 2**20
START_SECONDS = 15.0
ROUNDS, REFRESHES = 7, 300


ISSUER = "https://login.identity-provider.example/00000000-0000-0000-0000-000000000000/v2.0"


def revoke_a_million(url, one):
    """Revokes a million, each as `one` makes it."""

    async def work():
        store = Store(url)
        await store.prepare()
        now = int(time.time())
        for first in range(0, MILLION, PIECE):
            await store.revoke((one(number, now) for number in range(first, first + PIECE)), RECORD)
        await store.close()

    asyncio.run(work())


def by_operators(number, now):
    """Mostly sessions, some users, few organisations, as a big deployment would."""
    if number % 1000 == 0:
        return Revocation(now, organisation=f"organisation-{number}")
    if number % 10 == 0:
        return Revocation(now, organisation=f"organisation-{number % 997}", subject=f"user-{number:012d}")
    return Revocation(now - number % 86400, session_id=f"{number:020x}")


def by_the_provider(number, now):
    """Sessions of one identity provider, by ids as they are in use, and users who signed out their other devices."""
    if number % 10 == 0:
        organisation = f"organisation-{number % 997}"
        return Revocation(
            now, organisation=organisation, subject=f"user-{number:012d}", except_session=f"{number:020x}"
        )
    return Revocation(now - number % 86400, idp_issuer=ISSUER, idp_session=str(uuid.UUID(int=number)))


def seconds_a_refresh(tab):
    began = time.perf_counter()
    for _ in range(REFRESHES):
        assert tab.refresh().status == 200
    return (time.perf_counter() - began) / REFRESHES


@pytest.mark.parametrize(
    ("kind", "one"), [("sqlite", by_operators), ("postgresql", by_operators), ("sqlite", by_the_provider)]
)
def test_a_million_revocations(start, request, tmp_path, kind, one):
    """A worker needs at most 250 MB and 15 s to its first good refresh, and refreshes are as fast as without."""
    keys = {"KEYS_FILE": str(tmp_path / "keys.json"), "RATE_LIMIT": "100000000/minute"}
    Service(tmp_path, **keys).cli("keys", "add")
    empty = start(**keys)
    state = tmp_path / "million"
    state.mkdir(0o700)
    url = f"sqlite:///{state / 'state.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    revoke_a_million(url, one)
    began = time.monotonic()
    full = start(DATABASE_URL=url, STATE_DIR=str(state), **keys)
    (token,) = mint(full, "s-1")
    wait_for(lambda: full.refresh(token).status == 200, "the first good refresh", 60)
    start_seconds = time.monotonic() - began
    memory = full.memory()
    last = one(MILLION - 1, int(time.time()))
    revoked = full.sign(sid=last.session_id or "s-2", idp_iss=ISSUER, idp_sid=last.idp_session or "none")
    assert full.refresh(revoked).status == 401
    token = full.sign(sid="s-1", idp_iss=ISSUER, idp_sid="another")  # the longest way through all tables
    with closing(Tab(empty, token)) as light, closing(Tab(full, token)) as heavy:
        for tab in (light, heavy):
            seconds_a_refresh(tab)
        pairs = [(seconds_a_refresh(light), seconds_a_refresh(heavy)) for _ in range(ROUNDS)]
    best_empty, best_full = (min(pair[side] for pair in pairs) for side in (0, 1))
    ratio = best_full / best_empty
    full.cli("revoke", "--session", "s-1")
    wait_for(lambda: full.refresh(token).status == 401, "one more revocation to be in force")
    figures = {
        "store": kind,
        "revoked": one.__name__,
        "memory MB": round(memory / 2**20),
        "memory MB without": round(empty.memory() / 2**20),
        "start s": round(start_seconds, 1),
        "refresh, ratio": round(ratio, 2),
    }
    print(json.dumps(figures))
    assert memory <= MEMORY, figures
    assert start_seconds <= START_SECONDS, figures
    assert ratio < 1.5, figures  # unchanged but for the noise of a shared machine
