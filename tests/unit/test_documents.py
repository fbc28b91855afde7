"""What the documents say about the code is so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for folder in (".", "benchmarks", "dashboard", "docs", "sdk")
    for page in (ROOT / folder).glob("*.md")
    if page.name != "CHANGELOG.md"
)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


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
    """Every relative link with its anchor, and every path in backquotes that looks like one of ours, is there."""
    text = (ROOT / page).read_text()
    here = (ROOT / page).parent
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    paths = re.findall(r"`((?:security|handlers|service|tests|dashboard|sdk|deploy|benchmarks)/[\w./-]*\w)`", text)
    missing = []
    for link in links:
        name, _, anchor = link.partition("#")
        target = here / name if name else ROOT / page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            missing.append(link)
    missing += [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_text_is_wrapped_at_100_columns(page):
    """It can be read and compared in a terminal. Code, tables, pictures and links are as wide as they are."""
    assert not re.findall(r"^\[[^]]+\]:(?! \S+$).*", (ROOT / page).read_text(), flags=re.MULTILINE), "one link a line"
    text = re.sub(r"^ *```.*?^ *```|^\[[^]]+\]: \S+$", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in text.splitlines() if len(line) > 100 and not line.startswith(("|", "!", "    "))] == []


def test_readme_is_short():
    """Who reads it to the end knows what this is and where to read on: 120 lines."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_readme_leads_to_every_page():
    """No page is left that nobody finds."""
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert [page for page in PAGES if page.startswith("docs/") and page not in links] == []
