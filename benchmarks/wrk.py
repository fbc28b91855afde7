"""The load generator where it is installed: wrk, which everybody has, with wrk.lua to send our requests."""

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.client import SILENCE, Run, WrongAnswer

SCRIPT = Path(__file__).with_name("wrk.lua")
GRACE = 30.0  # seconds for its start and end


def installed() -> bool:
    return shutil.which("wrk") is not None


def version() -> str:
    """As it says itself: "wrk debian/4.1.0-3+b2"."""
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)  # its exit code is 1
    return " ".join(said.stdout.split()[:2])


def drive(port: int, requests: Sequence[bytes], connections: int, seconds: int) -> Run:
    """Sends the requests round robin, each as soon as a connection is free, for that many seconds."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(request + b"\0" for request in requests))
        file.flush()
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
        command += ["--timeout", f"{SILENCE:.0f}s", "--latency", "--script", str(SCRIPT)]
        before = _cpu_seconds()
        ended = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/", "--", file.name],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + GRACE,
        )
        busy = _cpu_seconds() - before
    if ended.returncode:
        raise WrongAnswer(f"wrk ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
    its = json.loads(ended.stdout.splitlines()[-1])
    if not its["answered"] or its["not_2xx_or_3xx"] or its["socket_errors"]:
        raise WrongAnswer(ended.stdout)
    duration = its["duration"] / 1e6
    return Run(its["answered"], duration, its["p50"] / 1e3, its["p99"] / 1e3, busy / duration)


def _cpu_seconds() -> float:
    """Of the children that have ended: between two calls only wrk does."""
    its = resource.getrusage(resource.RUSAGE_CHILDREN)
    return its.ru_utime + its.ru_stime
