"""Only licences that pyproject.toml allows are shipped."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

import pytest

from tests.support.source_files import ROOT


def check(tmp_path, *documents) -> subprocess.CompletedProcess[str]:
    """The check of SBOMs by its own program."""
    files = [tmp_path / f"{number}.json" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(json.dumps(document))
    command = [sys.executable, ROOT / "supply" / "licences.py", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_licences_of_all_that_is_shipped_are_allowed(image, tmp_path):
    """Those of the image's environment, and of what the wheel carries of others."""
    assert len(image.sbom()["components"]) > 50
    done = check(tmp_path, image.sbom(), image.wheel_sbom())
    assert (done.stdout, done.returncode) == ("all licences are allowed\n", 0)


NOT_ALLOWED = {
    "no licence": [],
    "one that SPDX does not know": [{"license": {"name": "Proprietary"}}],
    "one that is not in the list": [{"license": {"id": "AGPL-3.0-only"}}],
    "a good one and one that is not": [{"license": {"id": "MIT"}}, {"license": {"id": "GPL-3.0-only"}}],
    "both of an expression": [{"expression": "MIT AND GPL-3.0-only"}],
    "an expression of two that are not": [{"expression": "AGPL-3.0-only OR GPL-3.0-only"}],
    "a part of an expression": [{"expression": "Apache-2.0 AND (MIT AND SSPL-1.0)"}],
    "one with an addition": [{"expression": "GPL-2.0-only WITH Classpath-exception-2.0"}],
    "one that another package may have": [{"license": {"id": "LGPL-3.0-only"}}],
}


@pytest.mark.parametrize("declared", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_unknown_licence_fails(tmp_path, declared):
    """The package is named, whatever else is good."""
    good = {"name": "good", "version": "1", "licenses": [{"license": {"id": "MIT"}}]}
    done = check(tmp_path, {"components": [good, {"name": "other", "version": "2", "licenses": declared}]})
    assert done.returncode == 1
    assert done.stdout
    assert all(line.startswith("other 2: ") for line in done.stdout.splitlines())


def test_choice_of_licences_is_good_if_one_of_them_is(tmp_path):
    """`OR` is the user's choice (SPDX specification, annex D)."""
    other = {"name": "other", "version": "2", "licenses": [{"expression": "GPL-3.0-only OR (MIT AND Apache-2.0)"}]}
    assert check(tmp_path, {"components": [other]}).returncode == 0


def test_every_exception_has_a_reason_and_is_still_needed(image):
    """It names a package of the image, and a licence that this package has and the list does not allow."""
    policy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["licences"]
    declared = {component["name"]: json.dumps(component["licenses"]) for component in image.sbom()["components"]}
    assert policy["exceptions"]
    for name, exception in policy["exceptions"].items():
        assert exception["reason"]
        for licence in exception["licences"]:
            assert licence in declared[name]
            assert licence not in policy["allowed"]
