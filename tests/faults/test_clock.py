"""A wall clock that steps signs nobody out."""

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
    """A service whose wall clock is ahead by the number in a file, and a function that writes that number."""
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
    """After the wall clock steps back by 60 s, cookies from before the step are refreshed, and so are newer ones."""
    service, step = shifted
    token = service.login()
    for back in (0, -60, -60, -60, -120):
        step(back)
        reply = service.refresh(token)
        assert reply.status == 200, f"after a step to {back} s"
        token = successor(reply)


def test_clock_that_was_years_ahead_comes_right(shifted):
    """A clock that jumps ten years ahead and is corrected leaves the service working as before.

    Only a short step back is slewed: a service that waited until the world reached 2036 would refuse everybody.
    """
    service, step = shifted
    token = service.login()
    step(10 * 365 * 86400)
    assert service.refresh(token).status == 401, "expired, as far as anybody can tell"
    step(0)
    assert service.refresh(token).status == 200


def test_revocations_outlive_a_leap(shifted):
    """A clock that jumps ahead and back makes no worker forget who was revoked, also none that started meanwhile."""
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
