"""Statements of identity providers on two machines, and through kill -9: each counts once, and what is answered is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.support.identity_provider import Endpoints
from tests.support.providers import Keys
from tests.support.service import Service
from tests.support.waiting import wait_for

BOUND = 2.0  # seconds, from the answer
INTERNAL = ("--internal", "127.0.0.1:0")
NO_LIMITS = {"RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}


def trusted(service, keys):
    """The endpoints of a service, once it trusts the providers."""
    endpoints = Endpoints(service, keys)
    endpoints.trust()
    return endpoints


def all_over(endpoints, sessions):
    """Whether all of the sessions are refused."""
    return {endpoints.service.refresh(token).status for token in sessions} == {401}


def test_two_machines_that_get_a_statement_at_once_agree(start, postgresql, tmp_path):
    """Both answer alike, the sessions end on both within 2 s, and each statement is in the audit trail once."""
    keys_file = str(tmp_path / "keys.json")
    Service(tmp_path, KEYS_FILE=keys_file).cli("keys", "add")
    shared = {"KEYS_FILE": keys_file, "DATABASE_URL": postgresql.new_database(), **NO_LIMITS}
    keys = Keys()
    machines = [trusted(start(*INTERNAL, **shared), keys) for _ in range(2)]
    names = [f"idp-{number}" for number in range(30)]
    statements = [machines[0].logouts.token(claims={"jti": name, "sid": name}) for name in names]
    sessions = [machines[0].session(sid=name, idp_sid=name) for name in names]
    assert {machines[1].service.refresh(token).status for token in sessions} == {200}
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(endpoints.logout, each) for each in statements for endpoints in machines]
        assert {each.result().status for each in asked} == {200}
    for endpoints in machines:
        wait_for(partial(all_over, endpoints, sessions), "all ends", BOUND)
    lines = [json.loads(line) for line in machines[0].service.cli("audit", "--json").stdout.splitlines()]
    for name in names:
        assert len([line for line in lines if f"'{name}'" in line["target"]]) == 1, name


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_answered_statement_survives_kill_9(start, request, tmp_path, store):
    """The service is killed in the middle of many. Each that was answered is in force, and taken, afterwards."""
    settings = {"KEYS_FILE": str(tmp_path / "keys.json"), **NO_LIMITS}
    Service(tmp_path, KEYS_FILE=settings["KEYS_FILE"]).cli("keys", "add")
    if store == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgresql").new_database()
    endpoints = trusted(start(*INTERNAL, **settings), Keys())
    names = [f"idp-{number}" for number in range(200)]
    answered = []

    def send(name):
        try:
            if endpoints.logout(endpoints.logouts.token(claims={"jti": name, "sid": name})).status == 200:
                answered.append(name)
        except (OSError, IndexError):
            return  # it was killed
        if len(answered) == len(names) // 3:
            endpoints.service.stop(9)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, names))
    assert len(names) // 3 <= len(answered) < len(names)
    endpoints.service.start()
    sessions = [endpoints.session(sid=name, idp_sid=name) for name in answered]
    wait_for(partial(all_over, endpoints, sessions), "all ends", BOUND)
