"""Swagger UI's files are those of a release, byte for byte."""

from __future__ import annotations

import json
import re
import sys
import tomllib

from tests.supply.commands import run
from tests.support.source_files import ROOT

FOLDER = ROOT / "service" / "operations" / "swagger_ui"


def test_files_are_those_of_the_release_that_the_record_names(tmp_path):
    """Fetched again from the registry, by version, they and their record are the same."""
    (package,) = json.loads((FOLDER / "swagger-ui.cdx.json").read_text())["components"]
    run(sys.executable, ROOT / "supply" / "swagger_ui.py", package["version"], tmp_path / "again")
    again = {file.name: file.read_bytes() for file in (tmp_path / "again").iterdir()}
    assert again == {file.name: file.read_bytes() for file in FOLDER.iterdir()}


def test_their_licence_comes_with_them():
    """The wheel's metadata names the licence files of what it holds of others (Apache-2.0, section 4)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = {
        f"service/operations/swagger_ui/{file.name}"
        for file in FOLDER.iterdir()
        if re.search("LICENSE|NOTICE", file.name)
    }
    assert len(ours) == 3
    assert set(project["license-files"]) == ours | {"LICENSE"}
