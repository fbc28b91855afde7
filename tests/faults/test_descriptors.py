"""A service that runs out of file descriptors for a moment reads its key file when it has some again."""

from __future__ import annotations

import json
import resource
import socket

from security.generation import generate
from tests.support.dashboards import mint
from tests.support.waiting import wait_for


def test_key_file_that_changed_while_no_file_could_be_opened_is_read(start):
    """EMFILE at the moment of a rotation: the new keys are in force as soon as a file can be opened, and no one is out."""
    service = start(KEEP_ALIVE="300")
    pid = service.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (service.descriptors() + 3, most))
    idle = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(6)]
    # The connection of /healthz may have been open when they were counted: not at the first time, they are used up.
    wait_for(lambda: service.log.text().count("cannot accept connections: Too many") >= 3, "the limit to be reached")
    jwks = json.loads(service.keys_file.read_text())
    jwks["keys"].insert(0, generate("EdDSA"))
    service.keys_file.write_text(json.dumps(jwks))
    wait_for(lambda: "key file refused" in service.log.text(), "the service to notice")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
    (token,) = mint(service, "s-1")
    seen = set()

    def good() -> bool:
        seen.add(service.refresh(token).status)
        return 200 in seen

    wait_for(good, "the new key to be known", 5)
    assert seen <= {200, 503}, "never 401"
    for connection in idle:
        connection.close()
    assert service.get("/readyz").json()["keys"] == "ok"
    assert service.log.text().count("key file refused") == 1, "told once"
