"""Wall clocks that step: no good cookie is refused for it."""

from __future__ import annotations

import sys

import pytest

from tests.support.dashboards import mint, successor
from tests.support.waiting import wait_for

SHIFTED = """
import sys, time
from pathlib import Path
wall, offset = time.time, Path(sys.argv.pop(1))
time.time = lambda: wall() + float(offset.read_text())
from service.cli.program import main
main()
"""


@pytest.fixture
def shifted(start, tmp_path):
    """A service whose wall clock is ahead of the machine's by the number in a file, and what writes that number."""
    offset = tmp_path / "offset"
    script = tmp_path / "shifted.py"
    script.write_text(SHIFTED)

    def step(seconds):
        fresh = tmp_path / "fresh"
        fresh.write_text(str(seconds))
        fresh.replace(offset)

    step(0)
    return start(command=[sys.executable, str(script), str(offset)]), step


def test_clock_stepped_back_signs_nobody_out(shifted):
    """The wall clock steps back 60 s: cookies issued before the step, and those issued from them, are all refreshed."""
    service, step = shifted
    token = service.login()
    for back in (0, -60, -60, -60, -120):
        step(back)
        reply = service.refresh(token)
        assert reply.status == 200, f"after a step to {back} s"
        token = successor(reply)


def test_clock_that_was_years_ahead_comes_right(shifted):
    """A clock that leaps ten years ahead and is put right again leaves the service working as before.

    Only a short step back is slewed: a service that lived in 2036 until the world has caught up would refuse everybody.
    """
    service, step = shifted
    token = service.login()
    step(10 * 365 * 86400)
    assert service.refresh(token).status == 401, "expired, as far as anybody can tell"
    step(0)
    assert service.refresh(token).status == 200


def test_revocations_outlive_a_leap(shifted):
    """A clock that leaps ahead and back makes no worker, running or started meanwhile, forget who was revoked."""
    service, step = shifted
    (token,) = mint(service, "s-1")
    service.cli("revoke", "--session", "s-1")
    wait_for(lambda: service.refresh(token).status == 401, "the revocation to be in force")
    step(10 * 365 * 86400)
    service.stop()
    service.start()
    step(0)
    assert service.refresh(token).status == 401
    assert service.refresh(mint(service, "s-2")[0]).status == 200
