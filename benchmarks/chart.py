"""Draws results.json: throughput.svg and growth.svg. `python -m benchmarks.chart` draws them again."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.report import LABELS
from benchmarks.sessions import EMPTY_OBJECT, NONE

HERE = Path(__file__).parent
FONT = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
INK, QUIET, WHITE, OWN, OTHER = "#1f2933", "#5f6c7b", "#ffffff", "#0f766e", "#b6c2cd"
HALO = f' paint-order="stroke" stroke="{WHITE}" stroke-width="4"'  # keeps figures readable over the dashed line
WIDTH, MARGIN = 1000, 32
TITLES = {"EdDSA": "EdDSA (the default)", "HS256": "HS256"}


def draw(results: Mapping[str, Any], folder: Path) -> None:
    (folder / "throughput.svg").write_text(throughput(results))
    if results["growth"]:
        (folder / "growth.svg").write_text(growth(results))


def throughput(results: Mapping[str, Any]) -> str:
    """A panel an algorithm, a bar a server and a thin one without a body; the length is the ratio to the reference."""
    panels = results["algorithms"]
    label, gap, row, beside = 220, 24, 46, 130
    width = (WIDTH - 2 * MARGIN - label - gap * (len(panels) - 1)) / len(panels)
    longest = max(each["ratio"] for bodies in panels.values() for servers in bodies.values() for each in servers)
    unit = (width - beside) / longest
    names = [each["name"] for each in by_ratio(next(iter(panels.values()))[EMPTY_OBJECT])]
    bottom = 118 + row * len(names)
    parts = [
        text(MARGIN + label - 14, 130 + row * at, LABELS[name], "end", bold=name == "session-refresh")
        for at, name in enumerate(names)
    ]
    for at, (algorithm, bodies) in enumerate(panels.items()):
        left = MARGIN + label + at * (width + gap)
        parts.append(text(left, 92, TITLES[algorithm], size=16, bold=True))
        parts.append(line(left + unit, 104, bottom))
        for each, without in zip(bodies[EMPTY_OBJECT], bodies[NONE], strict=True):
            y = 110 + row * names.index(each["name"])
            own = each["name"] == "session-refresh"
            parts.append(bar(left, y, unit * each["ratio"], 26, own))
            parts.append(bar(left, y + 28, unit * without["ratio"], 6, own))
            x = left + unit * max(each["ratio"], without["ratio"]) + 8
            parts.append(text(x, y + 18, f"{each['ratio']:.2f}× {each['requests_per_second']:,}/s", bold=True))
            words = f"no body {without['ratio']:.2f}× {without['requests_per_second']:,}/s"
            parts.append(text(x, y + 34, words, fill=QUIET, size=11))
    return page(
        "Requests per second, one worker on one core",
        "as a ratio to bare ASGI with PyJWT (dashed line), median over rounds; thick: with the body {}, thin: without",
        parts,
        bottom + 8,
        results,
    )


def by_ratio(servers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(servers, key=lambda each: -each["ratio"])


def growth(results: Mapping[str, Any]) -> str:
    """A panel a direction of growth, a column a size; the height is the throughput."""
    grown = results["growth"]
    shared = "shared cores" if grown["cores_shared"] else "a core each"
    panels = [
        ("Connections", "ratio to the reference", grown["connections"]),
        ("Revoked sessions", "ratio to none", grown["revocations"]),
        ("Workers", f"ratio to one; {shared}", grown["workers"]),
    ]
    column, gap, top, height = 62, 44, 150, 190
    highest = max(point["requests_per_second"] for *_, points in panels for point in points)
    parts, left = [], float(MARGIN)
    for title, subtitle, points in panels:
        parts.append(text(left, 92, title, size=16, bold=True))
        parts.append(text(left, 110, subtitle, fill=QUIET, size=12))
        for at, point in enumerate(points):
            x, tall = left + at * (column + 10), height * point["requests_per_second"] / highest
            y, middle = top + height - tall, left + at * (column + 10) + column / 2
            parts.append(bar(x, y, column, tall, True))
            parts.append(text(middle, y - 7, f"{point['requests_per_second']:,}", "middle", bold=True, size=13))
            parts.append(text(middle, y + 20, f"{point['ratio']:.2f}×", "middle", fill=WHITE, size=13))
            parts.append(text(middle, top + height + 20, f"{point['size']:,}", "middle", size=13))
            parts.append(
                text(middle, top + height + 38, f"p99 {point['p99_ms']:.1f} ms", "middle", fill=QUIET, size=10)
            )
        left += len(points) * (column + 10) + gap
    return page(
        "This service as it grows", "requests per second, EdDSA, with the body {}", parts, top + height + 50, results
    )


def text(
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    *,
    fill: str = INK,
    size: int = 14,
    bold: bool = False,
) -> str:
    weight = 600 if bold else 400
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{fill}"'
        f"{HALO if fill != WHITE else ''}>{escape(words)}</text>"
    )


def bar(x: float, y: float, width: float, height: float, own: bool) -> str:
    fill = OWN if own else OTHER
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" fill="{fill}"/>'


def line(x: float, top: float, bottom: float) -> str:
    ends = f'x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"'
    return f'<line {ends} stroke="{QUIET}" stroke-dasharray="4 4"/>'


def page(title: str, subtitle: str, parts: Sequence[str], bottom: float, results: Mapping[str, Any]) -> str:
    versions = results["versions"]
    shown = (
        "python",
        "uvicorn",
        "connexion",
        "starlette",
        "fastapi",
        "pyjwt",
        "cryptography",
        "node",
        "fastify",
        "fast-jwt",
    )
    footer = [
        f"{results['date']} · {results['processor']}, {results['cores']} cores"
        f" · {results['load']['connections']} connections, 200 sessions · load by {results['load']['generator']}",
        " · ".join(f"{name} {versions[name]}" for name in shown if name in versions),
    ]
    body = [
        text(MARGIN, 40, title, size=20, bold=True),
        text(MARGIN, 62, subtitle, fill=QUIET),
        *parts,
        *(text(MARGIN, bottom + 24 + 17 * at, words, fill=QUIET, size=11) for at, words in enumerate(footer)),
    ]
    height = bottom + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" '
        f'font-family="{FONT}" role="img" aria-label="{escape(title)}">\n'
        f'<rect width="100%" height="100%" fill="{WHITE}"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


if __name__ == "__main__":
    draw(json.loads((HERE / "results.json").read_text()), HERE)
