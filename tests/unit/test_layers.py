"""The layers: imports point one way, and the inner ones know neither clock, environment nor files."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import handlers
import security
import service

LAYERS = {package.__name__: Path(str(package.__file__)).parent for package in (security, handlers, service)}
FILES = {f"{layer}/{path.name}": path for layer, root in LAYERS.items() for path in sorted(root.rglob("*.py"))}
INNER = [name for name in FILES if not name.startswith("service/")]
# What the inner layers stand on, beside the standard library; connexion and Starlette's types in one file alone.
STANDS_ON = {"security", "jwt", "cryptography", "nacl", "orjson"}
CLOCKS_AND_FILES = {"time", "datetime", "os", "io", "pathlib", "shutil", "tempfile", "socket", "subprocess", "logging"}


def tree(name: str) -> ast.Module:
    """The file, parsed."""
    return ast.parse(FILES[name].read_text())


def imports(name: str) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    modules: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            modules.add(str(node.module))
    return {module.partition(".")[0] for module in modules}


def test_the_walk_sees_the_files():
    """All three layers are there, and the walk sees imports in each."""
    assert {name.partition("/")[0] for name in FILES} == {"security", "handlers", "service"}
    assert "security" in imports("handlers/auth.py")
    assert "handlers" in imports("service/gateway.py")


@pytest.mark.parametrize("name", INNER)
def test_imports_point_inward(name):
    """service imports handlers, handlers import security, and never back."""
    outer = {"service"} if name.startswith("handlers/") else {"service", "handlers"}
    assert imports(name) & outer == set()


def test_one_file_knows_connexion():
    """Of security and handlers exactly one file imports connexion, or Starlette's types."""
    assert [name for name in INNER if imports(name) & {"connexion", "starlette"}] == ["security/schemes.py"]


@pytest.mark.parametrize("name", [name for name in INNER if name != "security/schemes.py"])
def test_inner_layers_stand_on_little(name):
    """Beside the standard library the inner layers import signature libraries and a JSON writer, and handlers security."""
    own = {"handlers"} if name.startswith("handlers/") else set()
    assert imports(name) - set(sys.stdlib_module_names) <= STANDS_ON | own


@pytest.mark.parametrize("name", INNER)
def test_inner_layers_know_no_clock_and_no_files(name):
    """security and handlers are told the time, read no environment and open nothing."""
    assert imports(name) & CLOCKS_AND_FILES == set()
    names = {node.id for node in ast.walk(tree(name)) if isinstance(node, ast.Name)}
    assert names & {"open", "print", "input", "exec", "eval", "__import__"} == set()


@pytest.mark.parametrize("name", FILES)
def test_no_assert_is_shipped(name):
    """Shipped code has no assert: it would be gone under -O."""
    assert not [node for node in ast.walk(tree(name)) if isinstance(node, ast.Assert)]
