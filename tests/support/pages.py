"""Runs what a page of the documentation says, from top to bottom, as its reader would.

A page is Markdown. Its code blocks, fenced or indented, are read in order; each one has to be used, or the test fails:

    with Terminal(tmp_path) as terminal, Reader("docs/rotation.md", terminal) as reader:
        reader.run()                  # the next block is ```console: runs each `$ command`, compares what it prints
        reader.run(status=1)          # the same; its last command fails
        reader.start()                # the same; its last command goes on until the terminal is closed, as `serve` does
        reader.take("yaml").text      # the next block is ```yaml: the test uses its text
        reader.edit(folder)           # the next block is ```diff: changes the file that its first line names, `--- FILE`
    reader.skip("kubectl", "no cluster here")  # the next block contains this text, and cannot run here

In the output, `…` stands for anything in its line, a line of `…` alone for any lines, and any white space for one blank.
What a page shows and the program makes anew, as an id, is named once; where it is printed first, the page's is taken for it:

    reader.names["41d7e0b3a95f2c86"] = "[0-9a-f]{16}"

A command may go on behind `\\` at the end of a line, or by <<EOF. Output is what the terminal shows: errors are in it.

`Reader(page, terminal, "A heading", "Another")` reads only the blocks right below these headings, so that a page may have
several tests. tests/unit/test_pages.py finds these calls in the tests: every block of every page must be in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """A code block: where it is, below which heading, in which language ("" if it is indented), and its text."""

    place: str
    heading: str
    language: str
    text: str


@dataclass(frozen=True)
class Step:
    """A command of a console block, and what the page says that it prints."""

    command: str
    output: str


def blocks(page: str) -> list[Block]:
    """The code blocks of a page, in order."""
    found: list[Block] = []
    lines = [*(ROOT / page).read_text().splitlines(), ""]
    heading, number = "", 0
    while number < len(lines):
        line, begin = lines[number], number + 1
        if fence := re.match(r"( *)```(\w*)", line):
            end = next(n for n in range(begin, len(lines)) if lines[n].strip() == "```")
            text = [inside.removeprefix(fence[1]) for inside in lines[begin:end]]
            found.append(Block(f"{page}:{begin}", heading, fence[2], "\n".join(text)))
            number = end
        elif line.startswith("    ") and not lines[number - 1] and not _in_list(lines[:number]):
            end = next(n for n in range(begin, len(lines)) if not lines[n].startswith("    "))
            text = [inside[4:] for inside in lines[number:end]]
            found.append(Block(f"{page}:{begin}", heading, "", "\n".join(text)))
            number = end
        elif line.startswith("#"):
            heading = line.lstrip("#").strip()
        number += 1
    return found


def _in_list(before: list[str]) -> bool:
    """Whether what comes next is indented because it belongs to an item of a list."""
    text = [line for line in before if line and not line.startswith(" ")]
    return bool(text) and re.match(r"[-*] |\d+\. ", text[-1]) is not None


def steps(block: Block) -> list[Step]:
    """The commands of a console block."""
    found: list[list[list[str]]] = []
    more, until = False, ""
    for line in block.text.splitlines():
        if more or until:
            found[-1][0].append(line)
        elif line.startswith("$ "):
            found.append([[line[2:]], []])
        else:
            assert found, f"{block.place}: output without a command: {line}"
            found[-1][1].append(line)
            continue
        until = "" if until and line == until else until
        if here := re.search(r"<<-?\s*['\"]?(\w+)", line):
            until = here[1]
        more = line.endswith("\\")
    return [Step("\n".join(command), "\n".join(output)) for command, output in found]


def _words(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def match(output: str, printed: str, names: Mapping[str, str] | None = None) -> dict[str, str] | None:
    """What `names` are in `printed`, if that is what the page shows as `output`; else None."""
    pattern = ""
    for line in _words(output).splitlines():
        pattern += r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*?") + "\n"
    groups: dict[str, str] = {}
    for name, form in (names or {}).items():
        before, found, after = pattern.partition(re.escape(name))
        if found:
            groups[name] = group = f"name{len(groups)}"
            pattern = f"{before}(?P<{group}>{form}){after.replace(re.escape(name), f'(?P={group})')}"
    shown = _words(printed)
    found_all = re.fullmatch(pattern, f"{shown}\n" if shown else "")
    return None if found_all is None else {name: found_all[group] for name, group in groups.items()}


class Reader:
    """Reads a page, or what is below some of its headings, and does what is written there."""

    def __init__(self, page: str, terminal: Terminal, *headings: str) -> None:
        self.terminal = terminal
        written = blocks(page)
        assert {block.heading for block in written} >= set(headings), f"{page}: no blocks below one of {headings}"
        self.left = [block for block in written if not headings or block.heading in headings]
        assert self.left, f"{page}: no blocks"
        self.names: dict[str, str] = {}  # what is made anew, as the page shows it, and the pattern that it follows

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert not self.left, f"not run: {[block.place for block in self.left]}"

    def take(self, language: str) -> Block:
        """The next block."""
        assert self.left, "the page is at its end"
        block = self.left.pop(0)
        assert block.language == language, f"{block.place}: {block.language or 'indented'}, not {language}"
        return block

    def skip(self, text: str, reason: str) -> None:
        """Passes over the next block, which contains `text` and cannot run here; `reason` is for who reads the test."""
        assert reason
        assert self.left, "the page is at its end"
        block = self.left.pop(0)
        assert text in block.text, f"{block.place} does not contain {text!r}"

    def edit(self, folder: Path) -> None:
        """Changes a file in `folder` as the next block says: parts of a unified diff, between lines of `@@`.

        What a part shows of the file as it was must be in it, once.
        """
        block = self.take("diff")
        first, *lines = block.text.splitlines()
        file = folder / first.removeprefix("--- ")
        text = file.read_text()
        for part in "\n".join(lines).split("\n@@\n"):
            before, after = (
                "".join(f"{line[1:]}\n" for line in part.splitlines() if line[:1] in signs) for signs in ("- ", "+ ")
            )
            assert text.count(before) == 1, f"{block.place}: {file} does not contain once:\n{before}"
            text = text.replace(before, after)
        file.write_text(text)

    def run(self, status: int = 0) -> list[str]:
        """Runs the next block; what each of its commands printed. `status` is the exit status of the last one."""
        return self._run(self.take("console"), status, stays=False)

    def start(self) -> list[str]:
        """Runs the next block; its last command goes on when it has printed what the page says."""
        return self._run(self.take("console"), 0, stays=True)

    def _run(self, block: Block, status: int, stays: bool) -> list[str]:
        *before, last = steps(block)
        printed = [self._do(block, step, 0) for step in before]
        if stays:
            output = self.terminal.shown(last.output)
            return [*printed, self.terminal.start(last.command, lambda text: match(output, text) is not None)]
        return [*printed, self._do(block, last, status)]

    def _do(self, block: Block, step: Step, status: int) -> str:
        output = self.terminal.shown(step.output)
        ended, text = self.terminal.run(step.command)
        found = match(output, text, self.names)
        assert found is not None, f"{block.place}: {step.command}\n--- the page:\n{output}\n--- printed:\n{text}"
        for name, here in found.items():
            self.terminal.replace[name] = here
            del self.names[name]
        assert ended == status, f"{block.place}: {step.command} ended with {ended}:\n{text}"
        return text
