"""The files of the checkout, and copies of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def source_files() -> list[str]:
    """The files that git has or would add; changes that are not committed are in them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if (ROOT / name).is_file()]


def copy(names: Sequence[str], folder: Path) -> Path:
    """A copy of files of the checkout, with modes and times of its own."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder
