"""The keys of a service, which take a while to make: one set for each file of tests."""

from __future__ import annotations

import pytest

from security.keys import KeySet, load_key_set
from tests.support.tokens import Forge


@pytest.fixture(scope="module")
def forge() -> Forge:
    """Makes tokens."""
    return Forge()


@pytest.fixture(scope="module")
def keys(forge: Forge) -> KeySet:
    """The keys that it makes them with, as the service reads them."""
    return load_key_set(forge.jwks())
