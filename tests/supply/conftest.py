"""The image as its Containerfile builds it, which the tests of this folder share."""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.supply.commands import run
from tests.support.build_context import is_in_context
from tests.support.source_files import ROOT, copy, source_files


@dataclass(frozen=True)
class Image:
    """What the image's build made: the environment that becomes the image, the wheel in it, and the build's tools."""

    folder: Path

    @property
    def app(self) -> Path:
        """What is copied into the image."""
        return self.folder / "app"

    @property
    def wheel(self) -> Path:
        """The wheel that was installed into it."""
        (wheel,) = (self.folder / "wheel").glob("*.whl")
        return wheel

    def sbom(self) -> dict[str, Any]:
        """The SBOM of the environment."""
        return json.loads((self.app / "sbom.cdx.json").read_text())  # type: ignore[no-any-return]

    def wheel_sbom(self) -> dict[str, Any]:
        """The SBOM in the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            (name,) = [name for name in archive.namelist() if "/sboms/" in name]
            return json.loads(archive.read(name))  # type: ignore[no-any-return]


def build_commands() -> list[str]:
    """The RUN lines of the first stage of the Containerfile."""
    text = (ROOT / "deploy" / "Containerfile").read_text()
    first = re.split(r"^FROM .*\n", text, flags=re.MULTILINE)[1]
    return re.findall(r"^RUN (.*)$", first, re.MULTILINE)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The commands of the image's build, on the image's Python and with nothing but the image's context."""
    assert sys.version_info[:2] == (3, 13), "the image's Python"
    folder = tmp_path_factory.mktemp("image")
    context = copy([name for name in source_files() if is_in_context(name)], folder / "source")
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(Path(sys.base_prefix, "bin", "python3.13").resolve())
    for command in build_commands():
        here = re.sub(r"(?<![\w.])/(app|tools|wheel)\b", rf"{folder}/\1", command)
        run("sh", "-ec", here, folder=context, PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
    return Image(folder)


@pytest.fixture
def tool(image: Image) -> Callable[..., str]:
    """Runs one of the build's tools."""
    return lambda name, *arguments, **more: run(image.folder / "tools" / "bin" / name, *arguments, **more)
