"""A service that has no file descriptors left for a while (EMFILE)."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tests.support.service import Service
from tests.support.waiting import wait_for


@contextmanager
def used_up(service: Service) -> Iterator[Callable[[], object]]:
    """It can open no file and accept no connection, until what this gives is called. Idle connections stay open beyond that."""
    pid = service.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (service.descriptors() + 3, most))
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        # The connection of /healthz may have been open when they were counted: not at the first time, they are used up.
        refused = "cannot accept connections: Too many"
        wait_for(lambda: service.log.text().count(refused) >= 3, "the limit to be reached")
        yield lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
