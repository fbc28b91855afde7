"""What gets into the context that the image is built from, by .dockerignore."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pattern(line: str) -> re.Pattern[str]:
    """A pattern of .dockerignore as a regular expression: for the path, and for all below it (Docker, "dockerignore")."""
    parts = re.split(r"(\*\*/|\*|\?)", line)
    names = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(names.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")


def is_in_context(path: str) -> bool:
    """Whether the image's build gets the file: the last pattern of .dockerignore that matches says so."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and pattern(line.removeprefix("!")).fullmatch(path):
            kept = line.startswith("!")
    return kept
