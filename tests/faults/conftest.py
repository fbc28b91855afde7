"""The service as another user, who can read nothing of root's but the environment it is installed in."""

from __future__ import annotations

import pytest

from tests.support import other_user
from tests.support.program import PROGRAM
from tests.support.service import Service


@pytest.fixture
def own():
    """A folder that another user can reach."""
    with other_user.folder() as folder:
        yield folder


@pytest.fixture
def service_of():
    """Makes services of that user, which are stopped at the end."""
    made = []

    def make(folder, **settings):
        made.append(Service(folder, command=other_user.command(PROGRAM), LOG_FORMAT="json", **settings))
        return made[-1]

    yield make
    for service in made:
        if service.server is not None and service.process.poll() is None:
            service.stop()
