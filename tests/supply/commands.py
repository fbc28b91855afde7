"""Commands that must succeed in the checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support import program
from tests.support.source_files import ROOT


def run(*command: str | Path, folder: Path = ROOT, **variables: str) -> str:
    """Runs a command, which must succeed; what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=program.environment(**variables), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout
