"""What the tests of this folder share: a good token, and a place to run commands in."""

from __future__ import annotations

import pytest

from tests.support.cli_runner import CliRunner
from tests.support.device import bind


@pytest.fixture(scope="module")
def token(service):
    """A good token for the shared service, one for each file."""
    return service.sign(sid="http")


@pytest.fixture(scope="module")
def bound(service):
    """A session, session-1 of user-1, that is bound to a device, where the shared service offers that."""
    return bind(service, service.sign())


@pytest.fixture
def runner(tmp_path):
    """Runs commands in a state directory that has keys, and no service."""
    runner = CliRunner(tmp_path)
    runner.make_state()
    return runner
