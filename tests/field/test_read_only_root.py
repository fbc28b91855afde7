"""A container as orchestrators make it: nothing can be written but the state, no HOME, a user without a name, in /."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from functools import partial
from pathlib import Path

import pytest

from tests.faults.test_workers import answers, is_replaced, workers_of
from tests.http.test_metrics import COUNT, counted
from tests.support.program import PROGRAM
from tests.support.service import Service
from tests.support.waiting import wait_for

USER = 1000790000  # as OpenShift gives them out: /etc/passwd has no line for it
UNSHARE = shutil.which("unshare") or ""
# Every mounted file system becomes read-only, but for the folder $1. The user may read what root may, and nothing more:
# the tests' environment is root's own.
SCRIPT = """
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
if [ -d "$1" ]; then mount --bind "$1" "$1"; fi
while read -r _ where _; do
    case "$where" in "$1"|/proc|/proc/*) ;; *) mount -o remount,bind,ro "$where" 2> /dev/null || true ;; esac
done < /proc/mounts
if touch /tmp/x /var/tmp/x /dev/shm/x 2> /dev/null; then echo "not read-only" >&2; exit 1; fi
cd /
shift
exec setpriv --reuid=%d --regid=0 --clear-groups --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search -- "$@"
"""
pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not UNSHARE, reason="needs root, for a mount namespace")


@pytest.fixture
def place():
    """A folder that every user can enter: access(2) does not count a capability to read."""
    with tempfile.TemporaryDirectory(prefix="session-refresh-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def contained(place):
    """Starts a service like that, in an environment that holds its settings alone."""
    started = []

    def start(*options, **settings):
        command = [UNSHARE, "-m", "/bin/sh", "-c", SCRIPT % USER, "sh", str(place / "state"), PROGRAM]
        service = Service(place, *options, command=command, LOG_FORMAT="json", METRICS="true", **settings)
        own = {name: value for name, value in service.environ.items() if name.startswith("SESSION_REFRESH_")}
        service.environ = own | {"TMPDIR": "/nowhere"}
        started.append(service)
        return service

    yield start
    for service in started:
        if service.server is not None and service.process.poll() is None:
            service.stop()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_state_is_all_that_needs_to_be_writable(contained, place, workers):
    """The service starts, refreshes, counts, replaces a worker and stops. Nothing is said but what is always said."""
    (place / "state").mkdir(mode=0o700)
    os.chown(place / "state", USER, 0)
    service = contained("--workers", workers).start()
    service.wait_for_workers(int(workers))
    token = service.sign()
    assert {service.refresh(token).status for _ in range(10)} == {200}
    wait_for(lambda: counted(service, COUNT, route="refreshAuthSession", status="200") >= 10, "the count")
    for pid in workers_of(service):
        os.kill(pid, signal.SIGKILL)
        wait_for(partial(is_replaced, service, pid), "a new worker", 40)
        wait_for(lambda: answers(service), "somebody to serve", 40)
    assert service.get("/readyz").json()["status"] == "ok"
    assert service.refresh(token).status == 200
    assert service.stop() == 0
    assert {line["level"] for line in service.log.lines()} == {"info"}
    assert not [line for line in service.log.text().splitlines() if not line.startswith("{")]


def test_nothing_needs_to_be_writable_with_a_shared_database(contained, postgresql, place):
    """A state directory that is not needed is not made: the default one would be in /."""
    keys = place / "keys.json"
    Service(place, KEYS_FILE=str(keys)).cli("keys", "add")
    service = contained("--workers", "2", KEYS_FILE=str(keys), DATABASE_URL=postgresql.new_database())
    token = service.sign()
    del service.environ["SESSION_REFRESH_STATE_DIR"]
    service.start()
    assert service.refresh(token).status == 200
    assert service.stop() == 0
    assert {line["level"] for line in service.log.lines()} == {"info"}
