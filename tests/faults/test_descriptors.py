"""A service that runs out of file descriptors for a moment reads its key file when it has some again."""

from __future__ import annotations

import json

from security.generation import generate
from tests.support.dashboards import mint
from tests.support.descriptors import used_up
from tests.support.waiting import wait_for


def test_key_file_that_changed_while_no_file_could_be_opened_is_read(start):
    """EMFILE at the moment of a rotation: the new keys are in force as soon as a file can be opened, and no one is out."""
    service = start(KEEP_ALIVE="300")
    with used_up(service) as lift:
        jwks = json.loads(service.keys_file.read_text())
        jwks["keys"].insert(0, generate("EdDSA"))
        service.keys_file.write_text(json.dumps(jwks))
        wait_for(lambda: "key file refused" in service.log.text(), "the service to notice")
        lift()
        (token,) = mint(service, "s-1")
        seen = set()

        def good() -> bool:
            seen.add(service.refresh(token).status)
            return 200 in seen

        wait_for(good, "the new key to be known", 5)
        assert seen <= {200, 503}, "never 401"
    assert service.get("/readyz").json()["keys"] == "ok"
    assert service.log.text().count("key file refused") == 1, "told once"
