"""The SBOMs: valid CycloneDX, and about all that is there."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(params=["image", "wheel"])
def sbom(image, request):
    """Each SBOM that is shipped."""
    return image.sbom() if request.param == "image" else image.wheel_sbom()


def test_sbom_is_valid(sbom):
    """It keeps CycloneDX's own schema for its version, and breaks it if a component loses its type."""
    validator = JsonStrictValidator(SchemaVersion.from_version(sbom["specVersion"]))
    assert validator.validate_str(json.dumps(sbom)) is None
    del sbom["components"][0]["type"]
    assert validator.validate_str(json.dumps(sbom)) is not None


def test_sbom_of_the_image_says_what_needs_what(image):
    """Each package is there with its dependencies; it is about the service."""
    sbom = image.sbom()
    assert sbom["metadata"]["component"]["name"] == "session-refresh"
    refs = {component["bom-ref"] for component in sbom["components"]}
    needed = {one for entry in sbom["dependencies"] for one in entry.get("dependsOn", [])}
    assert refs - needed == set()


def test_sbom_of_the_wheel_says_what_it_holds_of_others(image):
    """The files of Swagger UI in the wheel have the hashes that its SBOM gives."""
    (package,) = image.wheel_sbom()["components"]
    folder = "service/operations/swagger_ui/"
    with zipfile.ZipFile(image.wheel) as archive:
        found = {
            name.removeprefix(folder): hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.startswith(folder) and not name.endswith(".cdx.json")
        }
    assert len(found) == 6
    assert {file["name"]: file["hashes"][0]["content"] for file in package["components"]} == found
