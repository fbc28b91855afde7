"""Pages of the documentation: how they are read, and that every block of them is run by a test."""

import ast
from pathlib import Path

import pytest

from tests.support.pages import ROOT, Block, Reader, Step, blocks, match, steps
from tests.support.terminal import Terminal

HELD = [  # pages that a Reader runs
    "CONTRIBUTING.md",
    "README.md",
    "docs/forward-authentication.md",
    "docs/identity-providers.md",
    "docs/login-service.md",
    "docs/migration.md",
    "docs/operating.md",
    "docs/rotation.md",
    "docs/systemd.md",
    "docs/versions.md",
]
ELSEWHERE = {  # pages whose blocks another program reads, and takes from them what it runs
    "docs/capacity.md": "tests/capacity/test_quick_measurement.py",
    "docs/kubernetes.md": "tests/field/test_kubernetes.py",
    "docs/log.md": "tests/unit/test_log_page.py",
    "docs/monitoring.md": "tests/unit/test_monitoring.py",
    "docs/supply-chain.md": "tests/supply/test_page.py",
    "docs/tracing.md": "tests/tracing/test_spans.py",
}


def reads():
    """For each page, the headings below which a test reads it; all of them where a test names none."""
    found: dict[str, list[list[str]]] = {}
    for file in ROOT.glob("tests/**/test_*.py"):
        tree = ast.parse(file.read_text())
        texts = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reader":
                page, _, *headings = (
                    texts.get(each.id) if isinstance(each, ast.Name) else getattr(each, "value", None)
                    for each in node.args
                )
                found.setdefault(str(page), []).append([str(heading) for heading in headings])
    return found


def test_every_page_with_blocks_is_held():
    """No page of docs/ has a command, a file or an output that no test looks at."""
    pages = ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
    assert sorted(page for page in pages if blocks(page)) == sorted([*HELD, *ELSEWHERE])
    assert [page for page, test in ELSEWHERE.items() if page.rpartition("/")[2] not in (ROOT / test).read_text()] == []


@pytest.mark.parametrize("page", HELD)
def test_every_block_of_a_page_is_run(page):
    """A test reads the page, or what is below each of its headings; Reader fails if it leaves one out."""
    headings = reads()[page]
    if [] not in headings:
        read = {heading for each in headings for heading in each}
        assert [block.place for block in blocks(page) if block.heading not in read] == []


@pytest.mark.parametrize(
    ("output", "printed"),
    [
        ("", ""), ("kid …", "kid 3f\n"), ("a\tb", "a    b\n"), ("a\n…\nc", "a\nb\nb\nc\n"), ("a\n…", "a\n"),
        ("…", ""), ("at … UTC", "at 12:00 UTC"),
    ],
)  # fmt: skip
def test_output_that_is_as_written(output, printed):
    """Dots stand for what differs each time, in a line or for lines."""
    assert match(output, printed) == {}


@pytest.mark.parametrize(
    ("output", "printed"),
    [("", "warning"), ("kid …", "kid 3f\nmore\n"), ("a\nc", "a\nb\nc\n"), ("a", ""), ("a.c", "abc"), ("a\n…", "b\n")],
)
def test_output_that_is_not_as_written(output, printed):
    """Nothing else differs."""
    assert match(output, printed) is None


def test_names_of_what_is_made_anew():
    """A name stands for one text, wherever it is."""
    assert match("id 4.f\n4.f!", "id 7\n7!", {"4.f": "[0-9]", "other": "x"}) == {"4.f": "7"}
    assert match("id 4.f\n4.f!", "id 7\n8!", {"4.f": "[0-9]"}) is None


def test_name_is_the_same_in_later_commands(tmp_path):
    """What was printed for it first."""
    page = page_of(tmp_path, "```console\n$ echo id-$$\nid-1234\n$ echo id-1234 again\nid-1234 again\n```\n")
    with Terminal(tmp_path) as terminal, Reader(page, terminal) as reader:
        reader.names["id-1234"] = "id-[0-9]+"
        first, second = reader.run()
    assert second == f"{first.strip()} again\n"
    assert first != "id-1234\n"


def test_commands_of_a_block():
    """A command goes on behind a backslash and up to the end of its document; what follows is its output."""
    text = "$ a \\\n    b\nout\n$ cat <<'EOF'\n$ x\nEOF\n$ c\n"
    assert steps(Block("p:1", "", "console", text)) == [
        Step("a \\\n    b", "out"), Step("cat <<'EOF'\n$ x\nEOF", ""), Step("c", ""),
    ]  # fmt: skip


def page_of(tmp_path, text):
    (tmp_path / "page.md").write_text(text)
    return str(tmp_path / "page.md")


PAGE = """# Title

    indented --command

- a list

      of its item

## Below

```console
$ X=1; cd /
$ echo $X in $PWD
1 in …
$ false
```
"""


def test_blocks_of_a_page(tmp_path):
    """Fenced and indented, with the heading above; what is indented in a list is text."""
    found = blocks(page_of(tmp_path, PAGE))
    assert [(block.heading, block.language) for block in found] == [("Title", ""), ("Below", "console")]
    assert found[0].text == "indented --command"


def test_page_is_run(tmp_path):
    """In one terminal, where variables and the folder stay; a status that is not expected fails."""
    page = page_of(tmp_path, PAGE)
    with Terminal(tmp_path) as terminal, Reader(page, terminal, "Below") as reader:
        assert reader.run(status=1)[1] == "1 in /\n"
    with Terminal(tmp_path) as terminal, pytest.raises(AssertionError, match="ended with 1"):
        Reader(page, terminal, "Below").run()
    with pytest.raises(AssertionError, match=r"not run: .*page.md:3"), Terminal(tmp_path) as terminal:  # noqa: SIM117
        with Reader(page, terminal, "Title"):
            pass


def test_output_differs_from_the_page(tmp_path):
    """The message shows both."""
    page = page_of(tmp_path, "```console\n$ echo 1\n2\n```\n")
    with Terminal(tmp_path) as terminal, pytest.raises(AssertionError, match=r"--- the page:\n2\n--- printed:\n1"):
        Reader(page, terminal).run()


def test_command_that_goes_on(tmp_path):
    """It ends with its terminal."""
    page = page_of(
        tmp_path, "```console\n$ bash -c 'echo up; echo $$ > pid; while :; do read -t 1 <> <(:); done'\nup\n```\n"
    )
    with Terminal(tmp_path) as terminal, Reader(page, terminal) as reader:
        reader.start()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
