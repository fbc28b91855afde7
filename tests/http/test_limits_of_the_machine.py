"""Limits and files that a machine gives a process: few open files, very many, no stdin, no /proc."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path

import pytest

from tests.support.program import PROGRAM

PRLIMIT, UNSHARE = shutil.which("prlimit") or "", shutil.which("unshare") or ""
MOST = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
PLACES: dict[str, list[str]] = {
    "few open files": [PRLIMIT, "--nofile=40:40", PROGRAM],
    "a low limit that may be raised": [PRLIMIT, f"--nofile=40:{MOST}", PROGRAM],
    "no stdin": ["/bin/sh", "-c", 'exec "$@" <&-', "sh", PROGRAM],
    "no environment": ["/usr/bin/env", "-i", "SESSION_REFRESH_STATE_DIR=state", "SESSION_REFRESH_LOG_FORMAT=json", PROGRAM],
    "a locale that is not there": ["/usr/bin/env", "LC_ALL=xx_XX", "LANG=xx_XX", PROGRAM],
    "variables of a platform": [
        "/usr/bin/env", "PORT=tcp://10.0.0.1:1", "HOST=a", "WEB_CONCURRENCY=x", "FORWARDED_ALLOW_IPS=*", PROGRAM,
    ],
    "no /proc": [UNSHARE, "-m", "/bin/sh", "-c", 'umount -l /proc && exec "$@"', "sh", PROGRAM],
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_service_runs_in_a_bare_place(start, place):
    """Two workers start, refresh, count and stop."""
    command = PLACES[place]
    if not command[0] or (command[0] == UNSHARE and os.geteuid() != 0):
        pytest.skip("needs prlimit, or root and unshare")
    running = start("--workers", "2", command=command, METRICS="true")
    assert running.refresh(running.sign()).status == 200
    assert running.get("/readyz").json()["status"] == "ok"
    assert running.stop() == 0
    assert {line["level"] for line in running.log.lines()} == {"info"}


def test_limit_of_open_files_is_raised_within_reason(start):
    """Connections are files: the limit is the machine's, but no thousand million."""
    running = start()
    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert int(line.split()[3]) == (1 << 20 if MOST == resource.RLIM_INFINITY else min(MOST, 1 << 20))
