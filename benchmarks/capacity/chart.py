"""Draws docs/capacity.svg: the revocations in force by the number of users, and what they cost a worker."""

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.capacity.formats import number, seconds, size
from benchmarks.capacity.model import KEPT_IDLE_SECONDS, KEPT_SECONDS, REPLICA_LIMIT, Deployment, line
from benchmarks.capacity.tables import USERS
from benchmarks.chart import MARGIN, QUIET, WIDTH, bar, page, text
from benchmarks.chart import line as dashes

KEPT = {"as by default": KEPT_SECONDS, "IDLE_TIMEOUT of a day or less": KEPT_IDLE_SECONDS}
LEFT, ROW, TOP = 250, 30, 112
LEAST, MOST = 1e4, 1e9  # revocations, by a logarithmic scale


def picture(results: Mapping[str, Any]) -> str:
    ready, memory = (line(results, "worker", name) for name in ("ready_seconds", "proportional_mib"))
    unit = (WIDTH - LEFT - MARGIN - 250) / math.log10(MOST / LEAST)

    def length(revocations: float) -> float:
        return unit * math.log10(revocations / LEAST)

    parts, y = [], TOP
    for users in USERS:
        parts.append(text(MARGIN, y + 12, f"{number(users)} users", bold=True))
        for words, kept in KEPT.items():
            count = Deployment(users, results).in_force(kept)
            y += ROW
            parts.append(text(LEFT - 12, y + 10, words, "end", size=13))
            parts.append(bar(LEFT, y - 4, length(count), 20, count <= REPLICA_LIMIT))
            cost = f"{number(count)}: {size(memory(count) * 2**20)}, {seconds(ready(count))}"
            parts.append(text(LEFT + length(count) + 8, y + 11, cost, size=13))
        y += ROW + 14
    limit = LEFT + length(REPLICA_LIMIT)
    parts.insert(0, dashes(limit, TOP - 12, y - 10))
    parts.append(
        text(limit, TOP - 18, f"{number(REPLICA_LIMIT)}: where a copy in each worker ends", "middle", fill=QUIET)
    )
    return page(
        "Revocations in force, and what they cost each worker",
        "memory, and seconds until it is ready; logarithmic; each user is revoked once in ten days",
        parts,
        y,
        results,
    )
