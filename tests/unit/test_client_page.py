"""sdk/README.md shows what `tox run -e sdk` compiles and runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "sdk/README.md").read_text()
FILES = {"python": "refresh.py", "ts": "refresh.ts", "go": "refresh.go", "java": "Refresh.java"}


@pytest.mark.parametrize("language", FILES)
def test_code_on_the_page_is_code_that_runs(language):
    """Each example stands, to the letter, in the file that is run."""
    examples = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = (ROOT / "sdk/live" / FILES[language]).read_text()
    assert len(examples) == 1
    assert examples[0] in file


def test_generators_on_the_page_are_the_ones_that_are_tested():
    """`pip install` on the page names the versions that the environment pins."""
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["sdk"]
    named = set(re.findall(r"^\$ pip install (\S+==\S+)", PAGE, re.MULTILINE))
    assert named == {each for each in pinned if "==" in each}
