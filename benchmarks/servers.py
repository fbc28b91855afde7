"""The servers under measurement: how each is started, where it may run, what it used."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from tests.support import program
from tests.support.program import DidNotStart

HERE = Path(__file__).parent
ROOT = HERE.parent
FASTIFY = HERE / "peers" / "fastify"
START_WITHIN = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Program:
    """What is measured. `variables` tells it of the state directory, which holds keys.json."""

    name: str
    command: list[str]
    variables: dict[str, str] = field(default_factory=dict)


def service(workers: int = 1) -> Program:
    """This service as it is installed, with everything it does switched on."""
    return Program(
        "session-refresh",
        [program.PROGRAM, "serve", "--port", "0", "--workers", str(workers)],
        {
            "SESSION_REFRESH_LOG_FORMAT": "json",
            "SESSION_REFRESH_LOG_LEVEL": "info",
            "SESSION_REFRESH_METRICS": "true",
            "SESSION_REFRESH_RATE_LIMIT": "1000000/minute",  # in force, and never reached by 200 sessions
        },
    )


def python_peer(name: str, workers: int = 1) -> Program:
    options = ["--port", "0", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--workers", str(workers)]
    return Program(name, [sys.executable, "-m", "uvicorn", f"benchmarks.peers.{name}:app", *options])


REFERENCE = "bare"
CONSTANT = Program("constant", [sys.executable, "-m", "benchmarks.peers.constant"])
PROGRAMS = {
    each.name: each
    for each in (
        service(),
        python_peer(REFERENCE),
        python_peer("starlette"),
        python_peer("fastapi"),
        python_peer("connexion"),
        Program("fastify", ["node", str(FASTIFY / "server.js")]),
        Program("fastify-featured", ["node", str(FASTIFY / "featured.js")]),
    )
}


def available(name: str) -> bool:
    """Whether the program can be started here; installs what the Fastify peers need, if Node is there."""
    executable = PROGRAMS[name].command[0]
    if shutil.which(executable) is None:
        print(f"{name}: left out, there is no {executable} here")
        return False
    return executable != "node" or _packages_installed(name)


def _packages_installed(name: str) -> bool:
    lock, installed = FASTIFY / "package-lock.json", FASTIFY / "node_modules" / ".package-lock.json"
    if installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return True
    if shutil.which("npm") is None:
        print(f"{name}: left out, there is no npm here")
        return False
    install = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FASTIFY, check=False)
    return install.returncode == 0


@dataclass(frozen=True)
class Server:
    """A program that runs."""

    name: str
    port: int
    pid: int

    def processes(self) -> list[int]:
        """The process and all that descend from it."""
        children: dict[int, list[int]] = {}
        for directory in Path("/proc").iterdir():
            if directory.name.isdigit():
                with contextlib.suppress(OSError):
                    parent = int(_stat(int(directory.name))[1])
                    children.setdefault(parent, []).append(int(directory.name))
        tree = [self.pid]
        for pid in tree:
            tree.extend(children.get(pid, []))
        return tree

    def cpu_seconds(self) -> float:
        return sum(map(cpu_seconds, self.processes()))

    def peak_memory(self) -> float:
        """MiB, summed over its processes."""
        return sum(map(_peak_kib, self.processes())) / 1024


def cpu_seconds(pid: int) -> float:
    """What that process took so far."""
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / _TICKS


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from `state` on; see proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _peak_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


@contextlib.contextmanager
def running(measured: Program, state: Path, cores: Set[int]) -> Iterator[Server]:
    """The program with that state directory, on those cores, until the block ends."""
    environ = program.environment(
        **measured.variables, BENCHMARK_KEYS=str(state / "keys.json"), SESSION_REFRESH_STATE_DIR=str(state)
    )
    with program.running(
        measured.command, environ, ROOT, output=state / f"{measured.name}.log", cores=cores, seconds=START_WITHIN
    ) as server:
        _wait_until_ready(server.port)
        yield Server(measured.name, server.port, server.process.pid)


def _wait_until_ready(port: int) -> None:
    """The service says 503 until it has read its store; the peers answer 404 as soon as they answer at all."""
    deadline = time.monotonic() + START_WITHIN
    status = 503
    while status == 503 and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_WITHIN)
        with contextlib.suppress(ConnectionRefusedError):  # uvicorn with workers names its address before it listens
            connection.request("GET", "/readyz")
            status = connection.getresponse().status
        connection.close()
        time.sleep(0.05)
    if status == 503:
        raise DidNotStart(f"port {port} is not ready within {START_WITHIN:.0f} s")
