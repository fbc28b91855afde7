"""Runs the Node tools of package-lock.json, and installs them first where they are missing or out of date."""

import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / ".package-lock.json"
NODE = (20, 19)
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def install() -> None:
    """`npm ci`, unless what is installed is younger than the lock file."""
    need = f"Node.js {'.'.join(map(str, NODE))} or later, with npm (nodejs.org)"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SystemExit(f"{'npm' if node else 'node'} is missing: install {need}")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < NODE:
        raise SystemExit(f"node is {version}: install {need}")
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return
    done = subprocess.run([npm, "ci"], cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"npm ci failed in {HERE}: {done.stderr.strip().splitlines()[0]}")


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The finished run of a tool, in this folder."""
    command = [str(HERE / "node_modules" / ".bin" / tool), *arguments]
    return subprocess.run(command, cwd=HERE, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False)
