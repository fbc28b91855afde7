"""Finds what breaks a client of the last released documents; only a new major version in CHANGELOG.md allows it."""

import json
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

import node

Document = dict[str, Any]
Version = tuple[int, ...]

REPOSITORY = node.HERE.parent
RELEASED = node.HERE / "released"
# By the name that the released copies have.
DOCUMENTS = {
    "openapi": REPOSITORY / "openapi.yaml",
    "internal": REPOSITORY / "service/operations/internal.yaml",
    "device": REPOSITORY / "service/operations/device.yaml",
}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def breaks(old: Document, new: Document, today: date) -> list[str]:
    """One line for everything in `new` that a client of `old` may stumble over."""
    return [*removed_or_narrowed(foreseen(old, new, today), new), *optional_headers(old, new), *other_default(old, new)]


def foreseen(old: Document, new: Document, today: date) -> Document:
    """`old` with the changes of its version catalogue that it told clients to expect.

    A new version reaches only those who ask for it, unless it is the default. A version that `old` calls deprecated may
    go from its sunset on.
    """
    if "x-version-catalogue" not in old:
        return old
    catalogue, successor = old["x-version-catalogue"], new["x-version-catalogue"]
    known = {name for name, entry in catalogue["versions"].items() if entry["status"] != "retired"}
    offered = {name for name, entry in successor["versions"].items() if entry["status"] != "retired"}
    added = offered - known - {successor["default"]}
    gone = {
        name
        for name in known - offered
        if catalogue["versions"][name]["status"] == "deprecated"
        and date.fromisoformat(str(catalogue["versions"][name]["sunset"])) <= today
    }

    def amend(part: Any) -> Any:
        if isinstance(part, list):
            return [amend(item) for item in part]
        if not isinstance(part, dict):
            return part
        amended = {key: amend(value) for key, value in part.items()}
        if isinstance(part.get("enum"), list) and set(part["enum"]) == known:
            amended["enum"] = sorted((known | added) - gone)
        return amended

    result: Document = amend(old)
    return result


def removed_or_narrowed(old: Document, new: Document) -> Iterator[str]:
    """What Redocly rates as a major change."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("old.json", "new.json")]
        for file, document in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(document, default=str))
        done = node.run("redocly", "diff", "--config=redocly.yaml", "--format=json", *map(str, files))
    try:
        changes = json.loads(done.stdout)["changes"]
    except ValueError as error:
        raise SystemExit(f"redocly diff failed: {done.stderr.strip()}") from error
    for change in changes:
        if change["impact"] == "major":
            place = " ".join(part.replace("~1", "/").replace("~0", "~") for part in change["path"].split("/")[1:])
            for verdict in change["verdicts"]:
                yield f"{place}: {verdict['message']}"


def optional_headers(old: Document, new: Document) -> Iterator[str]:
    """Response headers that always came and now may not: Redocly does not look at that."""
    offered = dict(headers(new))
    for place, header in headers(old):
        if header.get("required") and place in offered and not offered[place].get("required"):
            yield f"{place}: The header became optional."


def headers(document: Document) -> Iterator[tuple[str, Document]]:
    """Every header of every answer, with its place."""
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            for status, answer in item[method]["responses"].items():
                for name, header in resolved(answer, document).get("headers", {}).items():
                    yield f"paths {path} {method} responses {status} headers {name}", resolved(header, document)


def resolved(part: Document, document: Document) -> Document:
    """The part that a chain of `$ref` leads to."""
    while "$ref" in part:
        target = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def other_default(old: Document, new: Document) -> Iterator[str]:
    """A client that names no version gets the default, and another one is not what it was written for."""
    was, now = (document.get("x-version-catalogue", {}).get("default") for document in (old, new))
    if was != now:
        yield f"x-version-catalogue default: The default version changed from {was!r} to {now!r}."


def last_released(name: str) -> tuple[Version, Path]:
    documents = [(version(path.stem.removeprefix(f"{name}-")), path) for path in RELEASED.glob(f"{name}-*.yaml")]
    if not documents:
        raise SystemExit(f"no released {name}-….yaml in {RELEASED}: see sdk/README.md")
    return max(documents)


def latest_in(changelog: str) -> Version:
    """The highest version that has a section of its own."""
    return max(map(version, re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)), default=(0,))


def version(text: str) -> Version:
    return tuple(map(int, text.split(".")))


def main() -> None:
    node.install()
    changelog = REPOSITORY / "CHANGELOG.md"
    coming = latest_in(changelog.read_text() if changelog.exists() else "")
    for name, file in DOCUMENTS.items():
        released, path = last_released(name)
        old, new = (yaml.safe_load(each.read_text()) for each in (path, file))
        found = breaks(old, new, datetime.now(UTC).date())
        print(f"changes of {file.name} that break a client of {path.name}: {len(found)}")
        for line in found:
            print(f"  {line}")
        if found and coming[0] <= released[0]:
            raise SystemExit(f"undo them, or give CHANGELOG.md a section for version {released[0] + 1}.0.0")


if __name__ == "__main__":
    main()
