"""What the kernel shows of processes: their children, and how many connections each of them holds (proc(5)).

Nothing outside the standard library is imported: benchmarks/ uses this module too.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

ESTABLISHED = "01"


def children(pid: int) -> list[int]:
    """The process ids of the children of `pid`."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def connections_held(port: int, processes: Iterable[int]) -> Counter[int]:
    """The number of established connections to `port` in each of the processes."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED}
    held = Counter[int]()
    for pid in processes:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                held[pid] += os.readlink(descriptor) in inodes
    return held
