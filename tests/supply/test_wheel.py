"""The wheel is the same, byte for byte, wherever and whenever it is built."""

from __future__ import annotations

import os
import tarfile

import pytest

from tests.support.build_context import is_in_context
from tests.support.source_files import copy, source_files


@pytest.fixture
def build(tool):
    """Builds a wheel, or another target, from a folder; what it is."""

    def build_one(folder, target="wheel", *, umask=0o022, **variables):
        before = os.umask(umask)
        try:
            tool("hatchling", "build", "-t", target, "-d", folder / "dist", folder=folder, **variables)
        finally:
            os.umask(before)
        (built,) = (folder / "dist").iterdir()
        return built

    return build_one


def test_wheel_does_not_depend_on_where_and_when_it_is_built(build, image, tmp_path):
    """Other folders, umasks, time zones, languages, homes, and times of files: the bytes of the image's own wheel."""
    once = copy(source_files(), tmp_path / "once")
    for file in once.rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    before = os.umask(0o077)
    try:
        again = copy(source_files(), tmp_path / "another" / "place of a longer name")
    finally:
        os.umask(before)
    first = build(once, TZ="Pacific/Kiritimati", LC_ALL="C", HOME=str(tmp_path / "nobody"))
    second = build(again, umask=0o077, TZ="America/Los_Angeles", LC_ALL="C.UTF-8", PYTHONHASHSEED="1")
    assert first.name == second.name == image.wheel.name
    assert first.read_bytes() == second.read_bytes() == image.wheel.read_bytes()


def test_wheel_of_a_source_distribution_is_the_same(build, image, tmp_path):
    """The source distribution holds all that the wheel is built from, and is itself reproducible."""
    archives = [build(copy(source_files(), tmp_path / name), "sdist") for name in ("one", "two")]
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with tarfile.open(archives[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / archives[0].name.removesuffix(".tar.gz")
    assert build(folder).read_bytes() == image.wheel.read_bytes()


def test_state_beside_the_sources_does_not_get_into_the_wheel(build, image, tmp_path):
    """Caches, and the keys of a service that was started there, change no byte."""
    folder = copy(source_files(), tmp_path / "used")
    for name in (
        "service/__pycache__/x.cpython-313.pyc",
        "service/.session-refresh/keys.json",
        "service/state/state.db",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret")
        assert not is_in_context(name)
    assert build(folder).read_bytes() == image.wheel.read_bytes()


def test_time_of_the_files_in_it_can_be_given(build, image, tmp_path):
    """SOURCE_DATE_EPOCH, as reproducible-builds.org has it: builders that give the same one get the same bytes."""
    wheels = [build(copy(source_files(), tmp_path / name), SOURCE_DATE_EPOCH="1790000000") for name in ("one", "two")]
    assert wheels[0].read_bytes() == wheels[1].read_bytes() != image.wheel.read_bytes()
