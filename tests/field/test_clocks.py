"""Machines whose clocks are wrong: every answer to a good session is 200 or 503, never 401, and all is well afterwards."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.dashboards import mint, successor
from tests.support.machine_clock import MachineClock
from tests.support.processes import children
from tests.support.service import Service
from tests.support.waiting import wait_for

HOUR = 3600
REASON = "claims: from the future; our clock or the login service's is wrong"


@pytest.fixture
def machine(start, tmp_path):
    """Starts a service on a machine whose clock is ahead by so many seconds; the service, and the clock."""

    def on_machine(ahead=0, workers=1, **settings):
        clock = MachineClock(tmp_path / f"clock-{len(list(tmp_path.iterdir()))}", ahead)
        settings = {"RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute", **settings}
        # Under libfaketime Python's threads wait for each other, on a busy machine for seconds.
        settings["MAX_STALENESS"] = "300"
        service = start("--workers", str(workers), command=clock.command, **settings)
        service.wait_for_workers(workers)  # one that started after a step would not know of it
        return service, clock

    return on_machine


@pytest.fixture
def shared(postgresql, tmp_path):
    """The settings of machines that share keys and a database, whose own clock is right."""
    (tmp_path / "state").mkdir(0o700)
    Service(tmp_path).cli("keys", "add")
    return {"KEYS_FILE": str(tmp_path / "state" / "keys.json"), "DATABASE_URL": postgresql.new_database()}


def statuses(service, *tokens):
    """What refreshes of these get, in every worker."""
    return {reply.status for token in tokens for reply in service.refresh_at_once(token)}


def assert_not_judged(service, token):
    """The token is from the future there: 503, when to try again, and an error in the log that says why."""
    reply = service.refresh(token)
    assert reply.status == 503
    assert reply.header("retry-after") == "5"
    line = service.log.request(reply.header("x-request-id"))
    assert (line["level"], line["reason"]) == ("error", REASON)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_clocks_of_two_machines_differ_by_an_hour(machine, shared, ahead):
    """What the machine ahead issued is a 503 on the other, until that time comes; what is older is refreshed on both."""
    one, clock_of_one = machine(ahead=max(0, -ahead), **shared)
    two, clock_of_two = machine(ahead=max(0, ahead), **shared)
    later, earlier = (two, one) if ahead > 0 else (one, two)
    (signed_in,) = mint(one, "s-1")
    from_later = successor(later.refresh(signed_in))
    assert statuses(later, signed_in, from_later) == statuses(earlier, signed_in) == {200}
    assert_not_judged(earlier, from_later)
    from_earlier = successor(earlier.refresh(signed_in))
    assert statuses(later, from_earlier) == {200}
    for clock in (clock_of_one, clock_of_two):  # both are put right, and an hour passes
        clock.step(0)
    assert statuses(one, from_later) | statuses(two, from_later) == {503}
    assert statuses(one, signed_in, from_earlier) | statuses(two, signed_in, from_earlier) == {200}
    for clock in (clock_of_one, clock_of_two):
        clock.step(HOUR)
    assert statuses(one, from_later) | statuses(two, from_later) == {200}


def test_worker_is_replaced_after_a_step_back(machine):
    """After a step back of ten minutes a worker slews, and a new one cannot: it refuses nobody either."""
    service, clock = machine(ahead=600, workers=2)
    (signed_in,) = mint(service, "s-1")
    token = successor(service.refresh(signed_in))
    clock.step(0)
    assert statuses(service, signed_in, token) == {200}, "both workers slew"
    before = children(service.process.pid)
    os.kill(before[-1], signal.SIGKILL)
    wait_for(lambda: len(set(children(service.process.pid)) - set(before)) == 1, "the worker to be replaced", 20)
    service.wait_for_workers(3)
    assert statuses(service, token) == {200, 503}
    assert statuses(service, signed_in) == {200}
    clock.step(600)  # ten minutes pass
    assert statuses(service, signed_in, token) == {200}


@pytest.mark.parametrize("workers", [1, 2])
def test_clock_steps_two_hours_ahead_and_back(machine, workers):
    """Sessions from before the step, and new ones, go on. What was issued meanwhile is a 503 until its time comes."""
    service, clock = machine(workers=workers)
    (signed_in,) = mint(service, "s-1")
    assert statuses(service, signed_in) == {200}
    clock.step(2 * HOUR)
    meanwhile = successor(service.refresh(signed_in))
    assert statuses(service, signed_in, meanwhile) == {200}
    clock.step(0)
    assert statuses(service, meanwhile) == {503}
    assert_not_judged(service, meanwhile)
    (signed_in_again,) = mint(service, "s-2")
    assert statuses(service, signed_in, signed_in_again) == {200}
    both = f"vk_org_token={meanwhile}; vk_org_token={signed_in}"
    assert service.request(f"Cookie: {both}").status == 200
    clock.step(2 * HOUR)
    assert statuses(service, signed_in, signed_in_again, meanwhile) == {200}


def test_clock_that_is_hours_ahead_ends_sessions_early_and_no_others(machine):
    """What is not detected: by a clock that is nine hours ahead every cookie is expired. Once it is right, all is well."""
    service, clock = machine()
    (signed_in,) = mint(service, "s-1")
    clock.step(9 * HOUR)
    assert statuses(service, signed_in) == {401}
    clock.step(0)
    assert statuses(service, signed_in) == {200}
