"""Kernels that are set up otherwise: `--host ::` where sockets of IPv6 are its own by default, and where there is no IPv6."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial

import pytest

from tests.support.program import PROGRAM
from tests.support.service import Service
from tests.support.waiting import wait_for

TOOLS = {name: shutil.which(name) or "" for name in ("unshare", "nsenter", "curl")}
SETUPS = {
    "bindv6only": ("echo 1 > /proc/sys/net/ipv6/bindv6only", ["127.0.0.1", "[::1]"]),
    "IPv6 disabled": ("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6", ["127.0.0.1"]),
}
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(TOOLS.values()), reason="needs root, for a network namespace, and curl"
)


@pytest.mark.parametrize("setup", SETUPS)
def test_unspecified_address_is_every_address_that_there_is(tmp_path, monkeypatch, setup):
    """Whatever the kernel's defaults are, IPv4 is answered, and IPv6 where it is."""
    line, addresses = SETUPS[setup]
    script = f'set -e; ip link set lo up; mount -t proc proc /proc; {line}; exec "$@"'
    inside = [TOOLS["unshare"], "-n", "-m", "/bin/sh", "-c", script, "sh", PROGRAM]
    service = Service(tmp_path, "--host", "::", command=inside, LOG_FORMAT="json")

    def ask(address):
        assert service.server is not None
        url = f"http://{address}:{service.server.port}/healthz"
        command = [TOOLS["nsenter"], "--net", f"--target={service.process.pid}", TOOLS["curl"], "-sfg", url]
        return subprocess.run(command, capture_output=True).returncode == 0

    monkeypatch.setattr(service, "answers", lambda: True)  # the namespace has a loopback interface of its own
    service.start()
    try:
        for address in addresses:
            wait_for(partial(ask, address), f"an answer at {address}")
    finally:
        assert service.stop() == 0
    clients = {line["client"] for line in service.log.lines() if line["event"] == "request"}
    assert clients == {address.strip("[]") for address in addresses}
