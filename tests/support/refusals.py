"""Why requests are refused, read from the code: the reasons that problems are made with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.log_calls import REST

ROOT = Path(__file__).parents[2]
MAKERS = {"_fail", "kind"}  # what makes a problem by another name than its class: with the reason first
# Made, and always caught where the session is asked for its device: the log has another reason then.
CAUGHT = {"device: of another session", "device: expired"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def reasons() -> set[str]:
    """All of them, with REST for what is known at run time only."""
    found = _Reader(_trees()).found
    assert found > CAUGHT
    return found - CAUGHT


def _trees() -> list[ast.Module]:
    """The code that answers requests."""
    files = [file for folder in ("security", "handlers", "service") for file in (ROOT / folder).rglob("*.py")]
    return [ast.parse(file.read_text(), str(file.relative_to(ROOT))) for file in sorted(files)]


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else REST for part in parts)


class _Reader:
    def __init__(self, modules: list[ast.Module]) -> None:
        self._functions = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
        self._classes = _problems(modules)
        self.found: set[str] = set()
        for module in modules:
            self._read(module, None)

    def _read(self, node: ast.AST, function: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and self._makes(child, function):
                self.found |= self._texts(child.args[0], function)
            if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "request.reason":
                self.found |= self._texts(child.value, function)
            self._read(child, child if isinstance(child, Function) else function)

    def _makes(self, call: ast.Call, function: Function | None) -> bool:
        """Whether its first argument is the reason of a problem."""
        name = ast.unparse(call.func).rpartition(".")[2]
        if ast.unparse(call.func) == "super().__init__":
            return function in [_init(each) for each in self._classes.values()]
        if name in self._classes:
            return _takes_reason(self._classes, name)
        return name in MAKERS

    def _texts(self, node: ast.expr, function: Function | None) -> set[str]:
        """What an argument may be; of a parameter nothing, because what is passed for it is read there."""
        if isinstance(node, ast.Constant | ast.JoinedStr):
            return {_text(node)} - {""}
        if isinstance(node, ast.IfExp):
            return self._texts(node.body, function) | self._texts(node.orelse, function)
        if isinstance(node, ast.Attribute) and node.attr == "reason":  # of a problem that was made before
            return set()
        if isinstance(node, ast.Call):
            (called,) = [each for each in self._functions if each.name == ast.unparse(node.func)]
            returned = [each.value for each in ast.walk(called) if isinstance(each, ast.Return)]
            return {text for value in returned if value is not None for text in self._texts(value, called)}
        assert isinstance(node, ast.Name), ast.unparse(node)
        assert function is not None
        if node.id in [each.arg for each in function.args.args]:
            assert function.name in {"__init__", *MAKERS}, function.name
            return set()
        values = list(_values(function, node.id))
        assert values, f"{function.name}: {node.id}"
        return {text for value in values for text in self._texts(value, function)}


def _values(function: Function, name: str) -> Iterator[ast.expr]:
    """What a name stands for in a function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and name in [ast.unparse(each) for each in node.targets]:
            yield node.value
        if isinstance(node, ast.NamedExpr) and node.target.id == name:
            yield node.value


def _problems(modules: list[ast.Module]) -> dict[str, ast.ClassDef]:
    """The class Problem and all that are derived from it."""
    classes = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    found: dict[str, ast.ClassDef] = {node.name: node for node in classes if node.name == "Problem"}
    while more := [
        node
        for node in classes
        if node.name not in found and found.keys() & {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    ]:
        found |= {node.name: node for node in more}
    return found


def _init(node: ast.ClassDef) -> Function | None:
    return next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)


def _takes_reason(classes: dict[str, ast.ClassDef], name: str) -> bool:
    """Whether the class's, or its base's, first argument is the reason; a class of one reason names that itself."""
    made = _init(classes[name])
    if made is None:
        return _takes_reason(classes, ast.unparse(classes[name].bases[0]).rpartition(".")[2])
    return made.args.args[1].arg == "reason"
