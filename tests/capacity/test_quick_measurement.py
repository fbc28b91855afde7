"""The measurement of docs/capacity.md, at a hundredth of its size: it runs from beginning to end, by the one command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.program import environment

ROOT = Path(__file__).parents[2]


def test_quick_measurement_makes_results_page_and_picture(tmp_path):
    """`python -m benchmarks.capacity --quick --into FOLDER` writes all three there, and the page shows those results."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.capacity", "--quick", "--into", str(tmp_path)],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    page, kept = ((folder / "capacity.md").read_text() for folder in (tmp_path, ROOT / "docs"))
    assert page != kept
    assert f"| {results['fleet']['replicas']} replicas |" in page
    assert "</svg>" in (tmp_path / "capacity.svg").read_text()
    fleet = results["fleet"]
    assert fleet["polls"]["connections"] == fleet["replicas"]
    assert fleet["too_few"]["fresh"] <= fleet["too_few"]["allowed"]
    for size in results["sizes"]:
        assert size["replica"]["revocations"] == size["revocations"]
