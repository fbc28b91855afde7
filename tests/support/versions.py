"""The API versions of openapi.yaml. Tests name none of them: releasing or retiring one must not change a test."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.programs.with_document import DOCUMENT

CATALOGUE: dict[str, Any] = yaml.safe_load(DOCUMENT.read_bytes())["x-version-catalogue"]
DEFAULT: str = CATALOGUE["default"]
OFFERED = [name for name, entry in CATALOGUE["versions"].items() if entry["status"] != "retired"]
# One on offer that callers do not get unless they ask for it; the default, if there is no other.
OTHER: str = next((name for name in OFFERED if name != DEFAULT), DEFAULT)
ENDS = any(entry["status"] == "deprecated" for entry in CATALOGUE["versions"].values())
