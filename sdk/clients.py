"""Does what README.md says, at a live service: generates a client in each language, type-checks it and runs it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import node
import program

INSTALLS = ("pip install", "npm ci")
TYPED = "mypy --strict generated/python live/refresh.py"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def main() -> None:
    node.install()
    with program.running() as live:
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "MYPYPATH": "generated/python",
            "SERVICE": live.address,
            "TOKEN": live.token,
        }
        for command, expected in commands((node.HERE / "README.md").read_text()):
            if not command.startswith(INSTALLS):
                printed = run(command, environment)
                if printed != expected:
                    raise SystemExit(f"{printed}\nsdk/README.md says that it prints:\n{expected}")
        run(TYPED, environment)


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
