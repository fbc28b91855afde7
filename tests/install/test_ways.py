"""The wheel as users run it: with pip, pipx and uvx, in an empty home, with nothing cached."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import program
from tests.support.assertions import assert_refreshed
from tests.support.service import Service
from tests.support.waiting import wait_for

TOOLS = Path(sys.executable).parent  # pipx and uv
MINUTES = 5 * 60.0  # packages are downloaded before the start


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    root = Path(__file__).parents[2]
    subprocess.run([TOOLS / "uv", "build", "--quiet", "--wheel", "--out-dir", folder, root], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def home(tmp_path):
    """An empty home, and the environment of somebody who has just that."""
    folder = tmp_path / "home"
    folder.mkdir()
    own = ("XDG_", "PIPX_", "UV_CACHE_DIR", "PIP_CACHE_DIR", "VIRTUAL_ENV", "PYTHON")
    kept = {name: value for name, value in program.environment().items() if not name.startswith(own)}
    return kept | {"HOME": str(folder)}


def pip(wheel, home, folder):
    """`pip install` into an environment of its own."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], env=home, check=True)
    subprocess.run([folder / "venv" / "bin" / "pip", "install", "--quiet", wheel], env=home, check=True)
    return [folder / "venv" / "bin" / "session-refresh"]


def pipx(wheel, home, folder):
    """`pipx run`."""
    return [TOOLS / "pipx", "run", "--python", sys.executable, "--spec", wheel, "session-refresh"]


def uvx(wheel, home, folder):
    """`uvx`."""
    return [TOOLS / "uvx", "--python", sys.executable, "--from", wheel, "session-refresh"]


@pytest.mark.parametrize("way", [pip, pipx, uvx])
def test_wheel_starts(way, wheel, home, tmp_path):
    """It becomes ready and refreshes a session; at SIGTERM it ends as it should, through the tool that started it."""
    service = Service(tmp_path, command=[str(part) for part in way(wheel, home, tmp_path)])
    settings = {name: value for name, value in service.environ.items() if name.startswith("SESSION_REFRESH_")}
    service.environ = home | settings
    with program.running(
        [*service.command, "serve", "--port", "0"], service.environ, tmp_path,
        output=tmp_path / "output", log=service.log.file, seconds=MINUTES,
    ) as server:  # fmt: skip
        service.server, service.port = server, server.port
        wait_for(service.answers, "the service to answer")
        assert service.get("/readyz").status == 200
        assert_refreshed(service.refresh(service.sign()))
        assert server.stop() == 0
