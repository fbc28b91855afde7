"""`python -m benchmarks.capacity`: measure, write results.json and the tables of docs/capacity.md."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import client, wrk
from benchmarks.capacity.chart import picture
from benchmarks.capacity.fleet import fleet
from benchmarks.capacity.page import PAGE, RESULTS, with_tables
from benchmarks.capacity.refreshes import refreshes
from benchmarks.capacity.representations import representations
from benchmarks.capacity.scale import QUICK, WHOLE
from benchmarks.capacity.sizes import sizes
from benchmarks.capacity.tables import TABLES
from benchmarks.capacity.writes import writes
from benchmarks.environment import environment
from tests.support.program import DidNotStart, pinned

PICTURE = PAGE.with_suffix(".svg")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a hundredth of the sizes: a look, nothing is written here"
    )
    parser.add_argument("--into", type=Path, help="the directory for results.json, capacity.md and capacity.svg")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    scale = QUICK if given.quick else WHOLE
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("two cores are needed: one for the worker, one for what drives it", file=sys.stderr)
        return 1
    by_wrk = wrk.installed() and not given.quick  # on a busy machine wrk may send nothing in a second, and fail
    drive = wrk.drive if by_wrk else client.drive
    parts: dict[str, Callable[[], Any]] = {
        "refreshes": lambda: refreshes(scale, drive, cores),
        "forms": lambda: representations(scale),
        "writes": lambda: writes(scale),
        "fleet": lambda: fleet(scale),
        "sizes": lambda: sizes(scale, cores),
    }
    generator = wrk.version() if by_wrk else "client.py"
    results: dict[str, Any] = {
        **environment(),
        "scale": asdict(scale),
        "load": {"connections": 16, "generator": generator},
    }
    for name, part in parts.items():
        began = time.monotonic()
        try:
            with pinned({cores[-1]} if name == "refreshes" else set(cores)):
                results[name] = part()
        except (DidNotStart, client.WrongAnswer) as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    for made in TABLES.values():
        print(f"\n{made(results)}")
    page = with_tables(PAGE.read_text(), results)
    if given.into or not given.quick:
        results_file, page_file, picture_file = (
            given.into / each.name if given.into else each for each in (RESULTS, PAGE, PICTURE)
        )
        results_file.write_text(json.dumps(results, indent=2) + "\n")
        page_file.write_text(page)
        picture_file.write_text(picture(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
