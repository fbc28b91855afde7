"""Writes the tables into docs/capacity.md: `python -m benchmarks.capacity.page` does it again from results.json."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.capacity.tables import TABLES

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "capacity.md"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(page: str, results: Mapping[str, Any]) -> str:
    """`page` with each table as it is by `results`. It must have a place for each, once."""
    places = [name for _, name, _ in _TABLE.findall(page)]
    if sorted(places) != sorted(TABLES):
        raise ValueError(f"the page has places for {places}, not for {list(TABLES)}")
    return _TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]](results)}\n{found[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(), json.loads(RESULTS.read_text())))
