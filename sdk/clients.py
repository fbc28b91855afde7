"""Does what README.md says, at a live service: generates a client in each language, compiles or type-checks it and runs it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import node
from tests.support import program

INSTALLS = ("pip install", "npm ci")
# What a language needs, by its heading: programs and files. Without one of them it is left out, and that is said.
NEEDED = {"Go": ("go", "java"), "Java": ("javac", "/usr/share/java/jakarta-annotation-api.jar")}
STRICT = {
    "Python": "mypy --strict generated/python live/refresh.py",
    "Go": "go vet live/refresh.go && test -z $(gofmt -l live/refresh.go)",
    "Java": "javac -Xlint:all -Werror -d generated/classes live/Refresh.java",
}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
THANKS = re.compile(r"^#.*#\n?", re.MULTILINE)  # of openapi-generator


def main() -> None:
    node.install()
    with service() as variables:
        environment = program.environment(
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            MYPYPATH="generated/python",
            GOCACHE=str(node.HERE / "generated" / "go-cache"),
            GOPROXY="off",
            **variables,
        )
        for language, commands in languages((node.HERE / "README.md").read_text()):
            if missing := [
                name for name in NEEDED.get(language, ()) if not shutil.which(name) and not Path(name).exists()
            ]:
                print(f"NOT RUN: the {language} client: {', '.join(missing)} is not here")
                continue
            exports = ""
            for command, expected in commands:
                if command.startswith("export "):
                    exports += f"{command} && "
                elif not command.startswith(INSTALLS):
                    printed = run(command, environment, exports)
                    if printed != expected:
                        raise SystemExit(f"{printed}\nsdk/README.md says that it prints:\n{expected}")
            if language in STRICT:
                run(STRICT[language], environment, exports)


@contextmanager
def service() -> Iterator[dict[str, str]]:
    """What a client needs to know: the installed service, a token of a session and an API key that pins a version."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = program.environment(SESSION_REFRESH_STATE_DIR=str(folder / "state"))
        serve = [program.PROGRAM, "serve", "--port", "0"]
        with program.running(serve, environ, folder, output=folder / "output") as server:
            made = {"SERVICE": server.address}
            for variable, command in {
                "TOKEN": "login --sub u_1 --org org_1 --format token",
                "API_KEY": "api-keys create --org org_1 --version 2026-01-01",
            }.items():
                done = program.run(*command.split(), environ=environ)
                if done.returncode:
                    raise SystemExit(f"session-refresh {command} failed: {done.stderr.strip()}")
                made[variable] = done.stdout.strip()
            yield made


def languages(readme: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The sections that have console blocks: every command of them, with the output that is shown under it."""
    for section in readme.split("\n## ")[1:]:
        heading, _, text = section.partition("\n")
        blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        parts = [part.partition("\n") for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
        if parts:
            yield heading, [(command, printed.strip()) for command, _, printed in parts]


def run(command: str, environment: Mapping[str, str], exports: str = "") -> str:
    """What the command prints in this folder, without colours."""
    print(f"$ {command}", flush=True)
    done = subprocess.run(
        ["sh", "-c", exports + command],
        cwd=node.HERE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = THANKS.sub("", COLOUR.sub("", done.stdout)).strip()
    if done.returncode:
        raise SystemExit(f"{printed}\nfailed: {command}")
    return printed


if __name__ == "__main__":
    main()
