"""What breaks a client is found, each kind of it; and what does not is let through."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
import yaml

import breaking
import node
from changes import BREAKING, HARMLESS
from edits import RETIRING, Document, offer, retire

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="session")
def released() -> Document:
    """The document of today plays the released one, without the parts that YAML anchors make it share.

    Its versions are those that the changes name, whatever today's are.
    """
    node.install()
    document: Document = unshared(yaml.safe_load((breaking.REPOSITORY / "openapi.yaml").read_text()))
    document["x-version-catalogue"] = {
        "default": "2026-02-01",
        "versions": {"2026-01-01": {"status": "active"}, "2026-02-01": {"status": "active"}},
    }
    offer(document, "2026-01-01", "2026-02-01")
    return document


def unshared(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: unshared(value) for key, value in part.items()}
    return [unshared(item) for item in part] if isinstance(part, list) else part


@pytest.mark.parametrize("name", BREAKING)
def test_breaking(released: Document, name: str) -> None:
    """A change that breaks clients is found, and named."""
    change, finding = BREAKING[name]
    changed = deepcopy(released)
    change(changed)
    assert finding in "\n".join(breaking.breaks(released, changed, TODAY))


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(released: Document, name: str) -> None:
    """A change that breaks nobody is let through."""
    changed = deepcopy(released)
    HARMLESS[name](changed)
    assert breaking.breaks(released, changed, TODAY) == []


@pytest.mark.parametrize(("today", "allowed"), [(date(2026, 6, 29), False), (date(2026, 6, 30), True)])
def test_retirement(released: Document, today: date, allowed: bool) -> None:
    """A version that the released document deprecated may go from its sunset on, not before."""
    before = deepcopy(released)
    before["x-version-catalogue"]["versions"]["2026-01-01"] = RETIRING
    after = deepcopy(before)
    retire(after, "2026-01-01")
    assert (breaking.breaks(before, after, today) == []) is allowed


@pytest.mark.parametrize(
    ("text", "latest"),
    [
        ("# Changelog\n\n## 2.0.0 - unreleased\n\n## 1.4.0\n", (2, 0, 0)),
        ("# Changelog\n\n## [1.10.0]\n\n## [1.9.0]\n", (1, 10, 0)),
        ("# Changelog\n\n## Unreleased\n\nNothing of 2.0.0 yet.\n", (0,)),
    ],
)
def test_changelog(text: str, latest: tuple[int, ...]) -> None:
    """The version in force is the highest that CHANGELOG.md has a section for."""
    assert breaking.latest_in(text) == latest
