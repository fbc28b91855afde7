"""What the documents say about the code is so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    "dashboard/README.md",
    "docs/device-binding.md",
    "docs/revocation.md",
    "sdk/README.md",
]


def test_every_test_that_security_md_names_is_there():
    """The table that maps requirements to tests names no test that does not exist."""
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text()))
    written = set(
        re.findall(
            r"^(?:async )?def (test_\w+)", "\n".join(p.read_text() for p in ROOT.glob("tests/**/*.py")), re.MULTILINE
        )
    )
    assert len(named) > 30
    assert named - written == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """Every relative link, and every path in backquotes that looks like one of ours, is there."""
    text = (ROOT / page).read_text()
    here = (ROOT / page).parent
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    paths = re.findall(r"`((?:security|handlers|service|tests|dashboard|sdk|deploy|benchmarks)/[\w./-]*\w)`", text)
    missing = [link for link in links if link and not (here / link).exists()]
    missing += [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_text_is_wrapped_at_100_columns(page):
    """It can be read and compared in a terminal. Code, tables and pictures are as wide as they are."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in text.splitlines() if len(line) > 100 and not line.startswith(("|", "!", "    "))] == []


def test_readme_tells_every_setting():
    """The table of settings holds each of them, and no other."""
    from service.runtime.settings import Settings

    section = (ROOT / "README.md").read_text().split("## Settings", 1)[1].split("\n## ", 1)[0]
    told = {
        name for row in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE) for name in re.findall(r"`([A-Z_]+)`", row)
    }
    assert told == {name.upper() for name in Settings.__dataclass_fields__}
