"""An OpenAPI document taken to pieces: each fact that it states, and the document with one fact changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]
# Objects whose members have names of the author's choice, so that no member of theirs is a keyword or an extension.
MAPS = {
    "paths", "responses", "headers", "properties", "schemas", "parameters", "securitySchemes", "content", "variables",
    "components", "versions", "example", "security", "not",
}  # fmt: skip


def is_extension(path: Path) -> bool:
    """Whether the last step of `path` is an extension of ours, apart from the catalogue of versions, which callers see."""
    name = path[-1]
    within = path[-2] if len(path) > 1 else None
    return isinstance(name, str) and name.startswith("x-") and name != "x-version-catalogue" and within not in MAPS


def parts(part: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The path and the value of each member and each item, on every level; of extensions none."""
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for step, value in steps:
        if not is_extension((*path, step)):
            yield (*path, step), value
            yield from parts(value, (*path, step))


def leaves(document: Any) -> Iterator[tuple[Path, Any]]:
    """The path and the value of each text, number and truth value, without references."""
    for path, value in parts(document):
        if not isinstance(value, dict | list) and path[-1] != "$ref":
            yield path, value


def objects(part: Any, path: Path = ()) -> Iterator[Path]:
    """The path of each object that an extension may be added to."""
    if isinstance(part, dict) and "$ref" not in part:
        if not path or (path[-1] not in MAPS and not {"example", "security"} & set(path)):
            yield path
        for name, value in part.items():
            yield from objects(value, (*path, name))
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from objects(value, (*path, index))


def changed(document: dict[str, Any], path: Path, change: Callable[[Any, str | int], None]) -> dict[str, Any]:
    """A copy of the document in which `change` was applied to the last step of `path`, and to nothing that shares it."""
    whole: dict[str, Any] = json.loads(
        json.dumps(document)
    )  # what YAML's aliases share is one object before, and several after
    part: Any = whole
    for step in path[:-1]:
        part = part[step]
    change(part, path[-1])
    return whole


def to_another(part: Any, step: str | int) -> None:
    """Makes the value another one of its type."""
    value = part[step]
    part[step] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int | float) else f"{value}q"


def away(part: Any, step: str | int) -> None:
    """Removes it."""
    del part[step]
