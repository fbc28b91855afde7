"""The tables of docs/capacity.md are those of the measurement that is kept with it."""

from __future__ import annotations

import copy
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "capacity.md").read_text()
MEASURED = json.loads((ROOT / "benchmarks" / "capacity" / "results.json").read_text())


@pytest.fixture
def with_tables(monkeypatch):
    """A page and results to that page with their tables; benchmarks/ is not part of what is installed."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    return importlib.import_module("benchmarks.capacity.page").with_tables


def test_tables_are_those_of_the_results(with_tables):
    """Nobody has edited a figure, and no measurement was kept without the page that shows it."""
    assert with_tables(PAGE, MEASURED) == PAGE


def test_figures_are_of_the_whole_measurement(monkeypatch):
    """A quick look is a hundredth of the sizes, and its straight lines lead nowhere."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    whole = importlib.import_module("benchmarks.capacity.scale").WHOLE
    assert MEASURED["scale"] == json.loads(json.dumps(asdict(whole)))


@pytest.mark.parametrize("part", ["refreshes", "sizes", "fleet", "forms", "writes"])
def test_other_results_make_another_page(with_tables, part):
    """Each part of the measurement is shown: with other figures the page is another one."""
    changed = copy.deepcopy(MEASURED)
    changed[part] = doubled(changed[part])
    assert with_tables(PAGE, changed) != PAGE


def test_page_without_a_place_for_a_table_is_refused(with_tables):
    """A table that the page has lost is not lost in silence."""
    with pytest.raises(ValueError, match="places"):
        with_tables(PAGE.replace("<!-- table: fleet -->", ""), MEASURED)


def test_page_is_short():
    """An operator reads it in one go."""
    assert len(PAGE.splitlines()) <= 250


def doubled(found):
    if isinstance(found, dict):
        return {name: doubled(each) for name, each in found.items()}
    if isinstance(found, list):
        return [doubled(each) for each in found]
    return found * 2 if isinstance(found, float) else found
