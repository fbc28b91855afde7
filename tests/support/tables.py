"""The tables of a page of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rows(page: str, first_column: str) -> list[dict[str, str]]:
    """The rows of each table of `page` whose first column has that title, by the titles of their columns."""
    found: list[dict[str, str]] = []
    titles: list[str] = []
    for line in (ROOT / page).read_text().splitlines():
        inside = line.strip().removeprefix("|").removesuffix("|")
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", inside)]
        if not line.startswith("|"):
            titles = []
        elif not titles:
            titles = cells
        elif titles[0] == first_column and not set(line) <= set("|- "):
            found.append(dict(zip(titles, cells, strict=True)))
    return found


def code(cell: str) -> list[str]:
    """What stands in backquotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)
