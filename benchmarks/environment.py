"""What was measured on and with: the machine, and the versions of all that takes part."""

import json
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.servers import FASTIFY

PACKAGES = (
    "session-refresh",
    "uvicorn",
    "uvloop",
    "httptools",
    "connexion",
    "starlette",
    "fastapi",
    "pyjwt",
    "cryptography",
)


NODE_PACKAGES = (
    "fastify",
    "fast-jwt",
    "@fastify/cookie",
    "@fastify/cors",
    "@fastify/helmet",
    "@fastify/rate-limit",
)


def environment() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {
            "python": platform.python_version(),
            **{package: found for package in PACKAGES if (found := _version(package))},
            **_node(),
        },
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _node() -> dict[str, str]:
    if shutil.which("node") is None:
        return {}
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    lock = json.loads((FASTIFY / "package-lock.json").read_text())
    packages = {name: lock["packages"][f"node_modules/{name}"]["version"] for name in NODE_PACKAGES}
    return {"node": node.stdout.strip().removeprefix("v"), **packages}
