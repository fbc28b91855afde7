"""What the procedures share: a machine with a service, a clock that can be set, and a terminal on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.machine_clock import MachineClock
from tests.support.server_process import free_port
from tests.support.service import Service
from tests.support.terminal import Terminal

STATE = "/var/lib/session-refresh"  # where the pages have the state directory


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the longest, which would otherwise run alone at the end."""
    items.sort(key=lambda item: item.name != "test_life_of_a_version")


class Machine:
    """A running service, its machine's clock, and a terminal there, in which the pages' names are those of the test."""

    def __init__(self, folder: Path, start: Callable[..., Service], **settings: str) -> None:
        self.clock = MachineClock(folder / "clock")
        # Where the tests keep the processors busy, a worker may not read the store for 10 seconds.
        settings = {"LOG_FORMAT": "json", "MAX_STALENESS": "300", **settings}
        self.service = start(folder=folder, command=self.clock.command, **settings)
        own = {name: value for name, value in self.service.environ.items() if name.startswith("SESSION_REFRESH_")}
        replace = {STATE: str(self.service.state), "service.log": str(self.service.log.file)}
        self.terminal = Terminal(folder, replace, **own, **self.clock.environ)

    def kids(self) -> list[str]:
        """The ids of the keys in its file."""
        return [jwk["kid"] for jwk in json.loads(self.service.keys_file.read_text())["keys"]]


@pytest.fixture
def machine(tmp_path: Path, start: Callable[..., Service]) -> Iterator[Callable[..., Machine]]:
    """Starts machines, each in a folder of its own."""
    made: list[Machine] = []

    def start_one(name: str = "one", **settings: str) -> Machine:
        (tmp_path / name).mkdir()
        made.append(Machine(tmp_path / name, start, **settings))
        return made[-1]

    yield start_one
    for each in made:
        each.terminal.__exit__()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal in an empty folder. The ports that pages name are free ones here."""
    with Terminal(tmp_path, {"8080": str(free_port()), "8081": str(free_port())}) as opened:
        yield opened
