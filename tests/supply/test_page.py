"""The commands of docs/supply-chain.md work as they stand there, one after the other, in a new clone."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.supply.commands import run
from tests.support.source_files import ROOT, copy, source_files

PAGE = ROOT / "docs" / "supply-chain.md"
COMMANDS = re.findall(r"^    (\S.*)$", PAGE.read_text(), re.MULTILINE)
NEEDS_DOCKER = [command for command in COMMANDS if command.startswith("docker ")]
LOCKS = ("deploy/requirements.txt", "deploy/build-requirements.txt")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the checkout, and what the commands did there: their outputs, and the lock files after each."""
    folder = copy(source_files(), tmp_path_factory.mktemp("clone"))
    path = f"{Path(sys.executable).parent}:{Path(sys.base_prefix, 'bin')}:{os.environ['PATH']}"
    outputs, locks = {}, {}
    for command in COMMANDS:
        if command not in NEEDS_DOCKER:
            outputs[command] = run("sh", "-ec", command, folder=folder, PATH=path)
            locks[command] = [(folder / name).read_bytes() for name in LOCKS]
    return outputs, locks


def test_lock_files_are_what_their_command_makes(clone):
    """`tox run -e lock` keeps what fits: a dependency that pyproject.toml changed would change the file."""
    _, locks = clone
    assert locks["tox run -e lock"] == [(ROOT / name).read_bytes() for name in LOCKS]


def test_everything_can_be_renewed(clone):
    """The newest versions that fit are found, with hashes; so is the newest Swagger UI."""
    outputs, locks = clone
    assert [b"--hash=sha256:" in lock for lock in locks["tox run -e lock -- --upgrade"]] == [True, True]
    assert "swagger-ui-dist 5." in outputs["tox run -e swagger-ui"]


def test_sbom_can_be_read_from_the_wheel(clone):
    """The command that prints it does so."""
    outputs, _ = clone
    (shown,) = [output for command, output in outputs.items() if "/sboms/" in command]
    assert '"bomFormat": "CycloneDX"' in shown


def test_docker_is_asked_for_what_it_has():
    """Where there is no registry and no daemon these cannot run; what they name is there."""
    assert len(NEEDS_DOCKER) == 3
    containerfile = (ROOT / "deploy" / "Containerfile").read_text()
    assert "-f deploy/Containerfile" in NEEDS_DOCKER[1]
    assert "ARG PYTHON_IMAGE=" in containerfile
    assert "-o /app/sbom.cdx.json" in containerfile
    image = re.search(r"python:\S+", NEEDS_DOCKER[0])
    assert image
    assert f"/{image[0]}@sha256:" in containerfile
