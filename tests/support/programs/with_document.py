"""The installed program with another document than its own: `python with_document.py FILE COMMAND …`."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

RUN = __file__
DOCUMENT = Path(__file__).parents[3] / "openapi.yaml"
LINK = "https://devapi.withverifa.com/docs"
# A catalogue, whatever that of the document is, and what it is some releases on.
EARLIER_CATALOGUE: dict[str, object] = {
    "default": "2026-02-01",
    "versions": {"2026-01-01": {"status": "active"}, "2026-02-01": {"status": "active"}},
}
RETIRED: dict[str, object] = {"status": "retired", "successor": "2026-08-01"}
DEPRECATED: dict[str, object] = {
    "status": "deprecated",
    "deprecated": "2026-09-01",
    "sunset": "2027-03-01",
    "link": LINK,
}
LATER_CATALOGUE = {
    "default": "2026-08-01",
    "versions": {"2026-01-01": RETIRED, "2026-02-01": DEPRECATED, "2026-08-01": {"status": "active"}},
}


def write(folder: Path, catalogue: object, offered: list[str]) -> Path:
    """Writes openapi.yaml with another catalogue to a file."""
    document = yaml.safe_load(DOCUMENT.read_bytes()) | {"x-version-catalogue": catalogue}
    document["components"]["schemas"]["ApiVersion"]["enum"] = offered
    file = folder / "openapi.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


if __name__ == "__main__":
    from service.api import contract
    from service.cli import program

    text = Path(sys.argv[1]).read_bytes()
    contract.load = lambda: contract.Contract(text)
    sys.exit(program.run(sys.argv[2:]))
