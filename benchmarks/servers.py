"""The servers under measurement: how each is started, where it may run, what it used."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
FASTIFY = HERE / "peers" / "fastify"
INSTALLED = str(Path(sys.executable).with_name("session-refresh"))  # in the environment that this runs in
START_WITHIN = 60.0
STOP_WITHIN = 20.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")


class DidNotStart(Exception):
    """A server ended, or said no address, before it could be measured."""


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
        [INSTALLED, "serve", "--port", "0", "--workers", str(workers)],
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
    program.name: program
    for program in (
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
    program = PROGRAMS[name].command[0]
    if shutil.which(program) is None:
        print(f"{name}: left out, there is no {program} here")
        return False
    return program != "node" or _packages_installed(name)


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
        return sum(int(stat[11]) + int(stat[12]) for stat in map(_stat, self.processes())) / _TICKS

    def peak_memory(self) -> float:
        """MiB, summed over its processes."""
        return sum(map(_peak_kib, self.processes())) / 1024


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from `state` on; see proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _peak_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


@contextlib.contextmanager
def pinned(cores: Set[int]) -> Iterator[None]:
    """What is started inside stays on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def running(program: Program, state: Path, cores: Set[int]) -> Iterator[Server]:
    """The program with that state directory, on those cores, until the block ends."""
    log = state / f"{program.name}.log"
    environment = {
        **os.environ,
        **program.variables,
        "BENCHMARK_KEYS": str(state / "keys.json"),
        "SESSION_REFRESH_STATE_DIR": str(state),
    }
    environment.pop("PYTHONPATH", None)  # what is measured is what is installed
    with log.open("wb") as output, pinned(cores):
        process = subprocess.Popen(program.command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        port = _port(process, log)
        _wait_until_ready(port)
        yield Server(program.name, port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        if address := _ADDRESS.search(log.read_text(errors="replace")):
            return int(address[1])
        time.sleep(0.05)
    raise DidNotStart(f"{' '.join(process.args)}:\n{log.read_text(errors='replace')}")  # type: ignore[arg-type]


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
