"""The image's environment: complete, without what nothing needs, and the service that it was built for."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions

from packaging.utils import canonicalize_name

from tests.support.assertions import assert_refreshed
from tests.support.source_files import ROOT


def installed(image) -> dict[str, str]:
    """The distributions of the environment, by name."""
    (packages,) = image.app.glob("lib/python3.13/site-packages")
    return {canonicalize_name(found.name): found.version for found in distributions(path=[str(packages)])}


def locked(name: str) -> dict[str, str]:
    """The versions in a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "deploy" / name).read_text(), re.MULTILINE))


def test_image_holds_what_is_locked_and_nothing_else(image):
    """Its build ends with `pip check`, so what is locked is also complete. pip itself is not there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert installed(image) == locked("requirements.txt") | {project["name"]: project["version"]}


def test_no_second_web_framework_is_in_the_image(image):
    """Swagger UI's files come without Flask. connexion needs Jinja2 and Werkzeug."""
    assert installed(image).keys() & {"flask", "flask-swagger-ui", "blinker", "itsdangerous"} == set()


def test_every_part_is_locked_with_a_hash():
    """Each requirement is one version with hashes, and no line names a registry or another place."""
    for name in ("requirements.txt", "build-requirements.txt"):
        text = (ROOT / "deploy" / name).read_text().replace("\\\n", " ")
        lines = [
            re.sub(r"\s+# via.*", "", line) for line in text.splitlines() if line and not line.lstrip().startswith("#")
        ]
        assert len(lines) > 30
        for line in lines:
            assert re.fullmatch(r"[a-z0-9.-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line
        assert "://" not in text


def test_service_starts_from_the_image(image, start):
    """The program of the image serves, refreshes a session, and shows its documentation."""
    service = start(command=[str(image.app / "bin" / "session-refresh")])
    assert_refreshed(service.refresh(service.sign()))
    assert service.get("/docs/swagger-ui-bundle.js").status == 200


def test_base_images_are_named_by_digest():
    """Whatever a tag points to later, the image is built on the same one, in both stages."""
    lines = (ROOT / "deploy" / "Containerfile").read_text().splitlines()
    bases = [line.partition(" ")[2].removesuffix(" AS build") for line in lines if line.startswith("FROM ")]
    assert bases == ["${PYTHON_IMAGE}"] * 2
    (default,) = [line for line in lines if line.startswith("ARG PYTHON_IMAGE=")]
    assert re.search(r"python:3\.13-slim@sha256:[0-9a-f]{64}$", default)
