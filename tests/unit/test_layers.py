"""The layers: imports point one way, and the inner ones know neither clock, environment nor files."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import handlers
import security
import service

ROOTS = {package.__name__: Path(str(package.__file__)).parent for package in (security, handlers, service)}
FILES = {f"{layer}/{path.relative_to(root)}": path for layer, root in ROOTS.items() for path in root.rglob("*.py")}
INNER = [name for name in FILES if not name.startswith("service/")]
# The folders of service/: each imports only those behind it.
FOLDERS = ("cli", "demo", "runtime", "operations", "http", "state", "api", "telemetry")
IN_FOLDERS = [name for name in FILES if name.startswith("service/") and name.count("/") > 1]
# What the inner layers stand on, beside the standard library.
STANDS_ON = {"security", "jwt", "cryptography", "nacl", "orjson"}
CLOCKS_AND_FILES = {"time", "datetime", "os", "io", "pathlib", "shutil", "tempfile", "socket", "subprocess", "logging"}


def tree(name: str) -> ast.Module:
    """The file, parsed."""
    return ast.parse(FILES[name].read_text())


def modules(name: str) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def imports(name: str) -> set[str]:
    """The top-level packages that a file imports."""
    return {module.partition(".")[0] for module in modules(name)}


def test_the_walk_sees_the_files():
    """All layers and all folders are there, and the walk sees imports in each."""
    assert {name.partition("/")[0] for name in FILES} == {"security", "handlers", "service"}
    assert {name.split("/")[1] for name in IN_FOLDERS} == set(FOLDERS)
    assert "security" in imports("handlers/auth.py")
    assert "handlers" in imports("service/api/gateway.py")
    assert "service.api.contract" in modules("service/api/gateway.py")


@pytest.mark.parametrize("name", IN_FOLDERS)
def test_folders_import_downwards(name):
    """A folder of service/ imports itself and folders below it, never one above."""
    own = FOLDERS.index(name.split("/")[1])
    above = {f"service.{folder}" for folder in FOLDERS[:own]}
    assert {".".join(module.split(".")[:2]) for module in modules(name)} & above == set()


@pytest.mark.parametrize("name", INNER)
def test_imports_point_inward(name):
    """service imports handlers, handlers import security, and never back."""
    outer = {"service"} if name.startswith("handlers/") else {"service", "handlers"}
    assert imports(name) & outer == set()


@pytest.mark.parametrize("name", INNER)
def test_inner_layers_stand_on_little(name):
    """security and handlers know no connexion: only signature libraries and a JSON library beside the standard one."""
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
