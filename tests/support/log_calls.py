"""What the program logs, read from its code: each event with its level and its fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from service.state.audit import AuditRecord

SERVICE = Path(__file__).parents[2] / "service"
LEVELS = ("debug", "info", "warning", "error", "critical", "exception")
LOGS = {"log", "_log", "always", "to"}  # the names that a log has in the code
NO_LOGS = {"_responses", "kind"}  # those of other objects with a method of such a name
REST = "…"  # what is known at run time only


class Event(NamedTuple):
    """A call that logs. `text` has REST in the place of what is known at run time only."""

    text: str
    level: str
    fields: frozenset[str]
    place: str

    def is_in(self, text: str) -> bool:
        """Whether `text` is this event's."""
        return re.fullmatch(re.escape(self.text).replace(REST, ".+"), text) is not None


def events() -> list[Event]:
    """All of them, but for those of libraries and the line of a request, which are made elsewhere."""
    found: list[Event] = []
    for file in sorted(SERVICE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.args
                and node.func.attr in LEVELS
            ):
                found += _events(node, node.func, f"{file.relative_to(SERVICE)}:{node.lineno}")
    return found


def _events(call: ast.Call, method: ast.Attribute, place: str) -> Iterator[Event]:
    receiver = method.value
    library = isinstance(receiver, ast.Call) and ast.unparse(receiver.func).endswith("getLogger")
    name = ast.unparse(receiver).rpartition(".")[2]
    if not library and name not in LOGS:
        assert name in NO_LOGS, f"{place}: is {name} a log?"
        return
    fields = {"logger"} if library else set()
    for keyword in call.keywords:
        if keyword.arg is None:  # audit.log alone
            assert ast.unparse(keyword.value) == "_texts(record)", place
            fields |= set(AuditRecord.__dataclass_fields__)
        else:
            fields.add("exception" if keyword.arg == "exc_info" else keyword.arg)
    for text in _texts(call.args[0], place):
        yield Event(text.replace("%s", REST) if library else text, method.attr, frozenset(fields), place)


def _texts(node: ast.expr, place: str) -> list[str]:
    """What the first argument may be."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else REST for part in node.values)]
    assert ast.unparse(node) == "self.refused", place  # an attribute of the classes of files
    return re.findall(r'^    refused = "(.+)"$', "\n".join(f.read_text() for f in SERVICE.rglob("*.py")), re.MULTILINE)
