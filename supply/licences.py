"""Checks the licences in SBOMs against the policy in pyproject.toml: licences.py SBOM...

[tool.licences] names the licences that anything may have, as SPDX has them, or as packages without an SPDX expression write
them. An exception allows one package one more licence, and says why. A package that tells no licence is refused.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, LicenseSymbol, get_spdx_licensing

ROOT = Path(__file__).parents[1]
SPDX = get_spdx_licensing()


def allows(allowed: Set[str], licence: str) -> bool:
    """Whether the licence, which may be an SPDX expression, can be kept with the allowed ones."""
    if licence in allowed:
        return True
    try:
        tree = SPDX.parse(licence, validate=True)
    except ExpressionError:
        return False
    return tree is not None and _holds(allowed, tree)


def _holds(allowed: Set[str], tree: Any) -> bool:
    if isinstance(tree, SPDX.OR):
        return any(_holds(allowed, part) for part in tree.args)
    if isinstance(tree, SPDX.AND):
        return all(_holds(allowed, part) for part in tree.args)
    return isinstance(tree, LicenseSymbol) and tree.key in allowed


def licences(component: dict[str, Any]) -> Iterator[str]:
    """What the component declares. All of it counts: two entries are not a choice."""
    for entry in component.get("licenses", []):
        told = entry.get("license", {})
        yield entry.get("expression") or told.get("id") or told["name"]


def findings(policy: dict[str, Any], sbom: dict[str, Any]) -> Iterator[str]:
    """What the policy does not allow, one line each."""
    for component in sbom["components"]:
        name, declared = component["name"], list(licences(component))
        exception = policy["exceptions"].get(name, {"licences": []})
        allowed = {*policy["allowed"], *exception["licences"]}
        if not declared:
            yield f"{name} {component['version']}: no licence"
        for licence in declared:
            if not allows(allowed, licence):
                yield f"{name} {component['version']}: {licence}"


def main(files: list[str]) -> int:
    """Prints the findings; the exit status."""
    policy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["licences"]
    found = [line for file in files for line in findings(policy, json.loads(Path(file).read_text()))]
    print("\n".join(found) or "all licences are allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
