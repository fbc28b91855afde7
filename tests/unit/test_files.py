"""Files are short: one idea each."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "handlers", "sdk", "security", "service", "tests")
SCRIPT_FOLDERS = ("benchmarks/peers", "dashboard", "sdk", "service")
SCRIPTS = {".cjs", ".js", ".mjs", ".ts"}
SHIPPED_WHOLE = {  # A page without a bundler loads session-keeper as one file, so it stays one, as its types do.
    ROOT / "dashboard" / "session-keeper.d.ts",
    ROOT / "dashboard" / "session-keeper.js",
}
MADE = {"node_modules", "generated", "__pycache__"}
LONGEST = 200


def files(folder: str, suffixes: set[str]) -> list[Path]:
    """The files of a folder with these suffixes, without what tools install or generate in it."""
    found = (file for file in sorted((ROOT / folder).rglob("*")) if file.suffix in suffixes and file.is_file())
    return [file for file in found if not MADE & set(file.parts)]


def too_long(written: list[Path]) -> dict[str, int]:
    """Those with too many lines, and how many lines they have."""
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in written}
    return {name: length for name, length in lengths.items() if length > LONGEST}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_python_file_has_more_than_200_lines(folder):
    """Whoever opens a file can read the whole of it; a longer one holds two ideas, and is two files."""
    written = files(folder, {".py"})
    assert written, f"no Python files in {folder}/"
    assert too_long(written) == {}


@pytest.mark.parametrize("folder", SCRIPT_FOLDERS)
def test_no_javascript_file_has_more_than_200_lines(folder):
    """What holds for Python holds for JavaScript and TypeScript that are written by hand."""
    written = [file for file in files(folder, SCRIPTS) if file not in SHIPPED_WHOLE]
    assert written, f"no scripts in {folder}/"
    assert too_long(written) == {}
