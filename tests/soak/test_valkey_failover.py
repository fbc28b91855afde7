"""After a failover of Valkey, limits are shared again, by the server that the name means now."""

from __future__ import annotations

import os

import pytest

from tests.support.dashboards import mint
from tests.support.program import PROGRAM
from tests.support.valkey import Valkey
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process a hosts file of its own")


@pytest.fixture
def pair(tmp_path):
    """Two servers on the same port of two addresses, the addresses of a name in a hosts file, and the service's start."""
    former = Valkey()
    latter = Valkey(address="127.0.0.2", port=former.port)
    former.start()
    latter.start()
    yield former, latter
    former.remove()
    latter.remove()


def counted(server):
    """How many names of ours a server counts."""
    return server.ask("KEYS", "LIMITS*session*").count(b"LIMITS")


@pytest.mark.parametrize("how", ["demoted", "left running"])
def test_limits_follow_the_name(start, pair, tmp_path, how):
    """Whether the former server was demoted or just left, requests are soon counted by the new one; none fails."""
    former, latter = pair
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost valkey\n")  # a name that begins like a scheme
    own_hosts = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts), PROGRAM)
    service = start(command=own_hosts, RATE_LIMIT="1000000/minute", RATE_LIMIT_URL=f"valkey://valkey:{former.port}/0")
    (token,) = mint(service, "s-1")
    assert service.refresh(token).status == 200
    assert counted(former) == 1
    hosts.write_text("127.0.0.1 localhost\n127.0.0.2 valkey\n")
    if how == "demoted":
        former.ask("REPLICAOF", "127.0.0.2", str(latter.port))

    def counts() -> bool:
        assert service.refresh(token).status == 200
        return bool(counted(latter) == 1)

    wait_for(counts, "the new server to count", 10)
    wait_for(lambda: service.get("/readyz").json()["rate_limits"] == "ok", "/readyz to be well")
