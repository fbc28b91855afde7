"""Whose clock counts for a revocation: the database's, not that of the terminal where it was typed."""

from __future__ import annotations

import pytest

from tests.support.cli_runner import CliRunner
from tests.support.dashboards import mint
from tests.support.machine_clock import MachineClock
from tests.support.program import run
from tests.support.waiting import wait_for


@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_terminal_with_a_wrong_clock_revokes_what_it_should(start, postgresql, tmp_path, ahead):
    """All sign-ins before the command are covered, and none after it, whatever time it is at the operator's terminal."""
    keys = str(tmp_path / "keys.json")
    CliRunner(tmp_path, KEYS_FILE=keys).run("keys", "add")
    service = start(KEYS_FILE=keys, DATABASE_URL=postgresql.new_database())
    (before,) = mint(service, "s-1")
    assert service.refresh(before).status == 200
    clock = MachineClock(tmp_path / "clock", ahead)
    done = run("revoke", "--org", "org-1", environ=service.environ, folder=tmp_path, command=clock.command)
    assert done.returncode == 0, done.stderr
    (after,) = mint(service, "s-2")
    wait_for(lambda: service.refresh(before).status == 401, "the revocation to be in force")
    assert service.refresh(after).status == 200
