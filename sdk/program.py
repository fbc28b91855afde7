"""The installed program, serving for the time of a check."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Service:
    address: str
    token: str


@contextmanager
def running() -> Iterator[Service]:
    """The service, with a state directory of its own, and a token that is signed in to it."""
    program = shutil.which("session-refresh")
    if program is None:
        raise SystemExit("session-refresh is not on the PATH: install the project's wheel")
    with tempfile.TemporaryDirectory() as state:
        environment = {**os.environ, "SESSION_REFRESH_STATE_DIR": state, "PYTHONUNBUFFERED": "1"}
        serve = subprocess.Popen(
            [program, "serve", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Service(printed_address(serve), token(program, environment))
        finally:
            serve.terminate()
            serve.communicate()


def printed_address(serve: subprocess.Popen[str]) -> str:
    printed = []
    for line in serve.stdout or ():
        printed.append(line)
        if found := ADDRESS.search(line):
            return found[0]
    raise SystemExit(f"session-refresh serve stopped before it named its address: {''.join(printed).strip()}")


def token(program: str, environment: dict[str, str]) -> str:
    command = [program, "login", "--sub", "u_1", "--org", "org_1", "--format", "token"]
    login = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if login.returncode:
        raise SystemExit(f"session-refresh login failed: {login.stderr.strip()}")
    return login.stdout.strip()
