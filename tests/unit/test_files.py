"""Files are short: one idea each."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "handlers", "sdk", "security", "service", "tests")
LONGEST = 200


def files(folder: str) -> list[Path]:
    """The Python files of a folder, without what tools install or generate in it."""
    made = {"node_modules", "generated", "__pycache__"}
    return [file for file in sorted((ROOT / folder).rglob("*.py")) if not made & set(file.parts)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_python_file_has_more_than_200_lines(folder):
    """Whoever opens a file can read the whole of it; a longer one holds two ideas, and is two files."""
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files(folder)}
    assert lengths, f"no Python files in {folder}/"
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
