"""Figures and tables as docs/capacity.md shows them."""

from collections.abc import Sequence

UNITS = ("B", "kB", "MB", "GB", "TB")


def count(value: float) -> str:
    return f"{value:,.0f}"


def number(value: float) -> str:
    """Two digits that count, or whole from 100 on: no figure here is better than that."""
    if value >= 100:
        digits = len(str(int(value))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def size(octets: float) -> str:
    power = 0
    while octets >= 1000 and power < len(UNITS) - 1:
        octets, power = octets / 1000, power + 1
    return f"{number(octets)} {UNITS[power]}"


def seconds(value: float) -> str:
    return f"{number(value)} s" if value < 120 else f"{number(value / 60)} min"


def milliseconds(value: float) -> str:
    return f"{number(value)} ms" if value < 1000 else seconds(value / 1000)


def table(*rows: Sequence[str]) -> str:
    head, *others = rows
    lines = [head, ["---"] * len(head), *others]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
