"""Random ids: 128 bits each, never the same twice."""

from __future__ import annotations

import re

from security.random_ids import RandomIds


def test_ids_are_all_different():
    """More ids than one fetch of randomness gives, from two makers: each is of 128 bits, and none comes twice."""
    first, second = RandomIds(), RandomIds()
    ids = [make() for _ in range(500) for make in (first, second)]
    assert len(set(ids)) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", each) for each in ids)
