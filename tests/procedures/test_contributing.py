"""CONTRIBUTING.md, followed as it is written in a copy of the repository: red where it says so, and green in the end."""

from __future__ import annotations

import pytest

from tests.support.checkout import Checkout
from tests.support.pages import Reader

PAGE = "CONTRIBUTING.md"


@pytest.fixture
def checkout(tmp_path):
    """The copy. tox would make its environments anew, for minutes: the same is installed and run without it."""
    return Checkout(tmp_path)


@pytest.fixture
def terminal(checkout):
    python = f"{checkout.environment}/bin/python"
    replace = {
        ".venv/bin/tox run -q -e tests --notest": f"{python} -m pip install --quiet .",
        ".venv/bin/tox exec -q -e tests -- pytest": f"{python} -P -m pytest -n 2 --dist loadfile",
    }
    with checkout.terminal(replace) as terminal:
        yield terminal


def test_adding_an_answer(checkout, terminal):
    """Documented alone it is red, by the names that the page tells; returned and asked for, it is green."""
    with Reader(PAGE, terminal, "To add an answer to the endpoint") as reader:
        reader.edit(checkout.folder)
        reader.run(status=1)
        for _ in range(3):
            reader.edit(checkout.folder)
        reader.run()


def test_adding_an_attack(checkout, terminal):
    """It is replayed on the functions and over HTTP: red in both until it is refused."""
    with Reader(PAGE, terminal, "To try a change") as reader:
        reader.run()
    with Reader(PAGE, terminal, "To add an attack") as reader:
        reader.edit(checkout.folder)
        reader.run(status=1)
        reader.edit(checkout.folder)
        reader.run()
