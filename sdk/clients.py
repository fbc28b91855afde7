"""Does what README.md says, at a live service: generates a client in each language, type-checks it and runs it."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import node
from tests.support import program

INSTALLS = ("pip install", "npm ci")
TYPED = "mypy --strict generated/python live/refresh.py"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def main() -> None:
    node.install()
    with service() as (address, token):
        environment = program.environment(
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            MYPYPATH="generated/python",
            SERVICE=address,
            TOKEN=token,
        )
        for command, expected in commands((node.HERE / "README.md").read_text()):
            if not command.startswith(INSTALLS):
                printed = run(command, environment)
                if printed != expected:
                    raise SystemExit(f"{printed}\nsdk/README.md says that it prints:\n{expected}")
        run(TYPED, environment)


@contextmanager
def service() -> Iterator[tuple[str, str]]:
    """The address of the installed service, and a token of a session that is signed in there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = program.environment(SESSION_REFRESH_STATE_DIR=str(folder / "state"))
        serve = [program.PROGRAM, "serve", "--port", "0"]
        with program.running(serve, environ, folder, output=folder / "output") as server:
            login = program.run("login", "--sub", "u_1", "--org", "org_1", "--format", "token", environ=environ)
            if login.returncode:
                raise SystemExit(f"session-refresh login failed: {login.stderr.strip()}")
            yield server.address, login.stdout.strip()


def commands(readme: str) -> Iterator[tuple[str, str]]:
    """Every command of the console blocks, with the output that is shown under it."""
    for block in re.findall(r"^```console\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed.strip()


def run(command: str, environment: Mapping[str, str]) -> str:
    """What the command prints in this folder, without colours."""
    print(f"$ {command}", flush=True)
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=node.HERE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = COLOUR.sub("", done.stdout).strip()
    if done.returncode:
        raise SystemExit(f"{printed}\nfailed: {command}")
    return printed


if __name__ == "__main__":
    main()
