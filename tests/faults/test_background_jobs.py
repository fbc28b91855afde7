"""A background job that fails in a way nobody foresaw stops neither the service nor the other jobs."""

from __future__ import annotations

import sys

import pytest

from tests.support.dashboards import mint
from tests.support.waiting import wait_for

BROKEN_READ = """
import sys
import time
from functools import partial
from pathlib import Path
from service.state.replica import Replica
from service.state.key_file import LiveKeyFile
switch = Path(sys.argv.pop(1))

def breaking(owner, name):
    whole = getattr(owner, name)
    def broken(*arguments):
        if switch.read_text() == name:
            raise ZeroDivisionError("nobody thought of this")
        return whole(*arguments)
    setattr(owner, name, broken)

breaking(Replica, "catch_up")
breaking(LiveKeyFile, "reload")
from service.cli.program import main
main()
"""


@pytest.fixture
def breakable(start, tmp_path):
    """A service with a switch that makes one of its background jobs raise an exception that it does not expect."""
    switch, script = tmp_path / "switch", tmp_path / "broken.py"
    script.write_text(BROKEN_READ)
    switch.write_text("")
    service = start(command=[sys.executable, str(script), str(switch)], MAX_STALENESS="2")
    return service, switch


def test_unexpected_fault_in_reading_the_store_is_an_outage(breakable):
    """Sessions get 503 once the copy is stale, the log has the exception, and the service recovers by itself."""
    service, switch = breakable
    (token,) = mint(service, "s-1")
    switch.write_text("catch_up")
    wait_for(lambda: service.refresh(token).status == 503, "the bound to pass", 10)
    assert any("ZeroDivisionError" in str(line) for line in service.log.lines())
    assert service.process.poll() is None
    switch.write_text("")
    wait_for(lambda: service.refresh(token).status == 200, "recovery", 10)
    service.cli("revoke", "--session", "s-1")
    wait_for(lambda: service.refresh(token).status == 401, "the revocation to be in force")
    assert service.stop() == 0


def test_unexpected_fault_in_one_job_leaves_the_others(breakable):
    """While the key file's job fails, revocations still arrive. Afterwards new keys are picked up again."""
    service, switch = breakable
    (token,) = mint(service, "s-1")
    switch.write_text("reload")
    wait_for(lambda: any("ZeroDivisionError" in str(line) for line in service.log.lines()), "the log")
    service.cli("revoke", "--session", "s-1")
    wait_for(lambda: service.refresh(token).status == 401, "the revocation to be in force")
    switch.write_text("")
    kid = service.cli("keys", "add").stdout.strip()
    wait_for(lambda: kid.encode() in service.get("/.well-known/jwks.json").body, "the new key")


def test_service_starts_with_an_unexpected_fault(breakable):
    """An unexpected exception at the first read is an outage, and does not stop the start."""
    service, switch = breakable
    service.stop()
    switch.write_text("catch_up")
    service.start()
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 503
    switch.write_text("")
    wait_for(lambda: service.refresh(token).status == 200, "recovery", 10)
