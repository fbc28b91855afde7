"""Eight clients refresh for 20 seconds while keys are added, promoted and retired, and none is signed out."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial

import jwt
import pytest

from tests.support.dashboards import Tab, mint, refreshing, total
from tests.support.waiting import wait_for

SECONDS = 20.0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_rotation_under_load_signs_nobody_out(start, workers):
    """No refresh gets 401 or 5xx during whole rotations. `retire` refuses while cookies of the key may be alive."""
    service = start("--workers", workers, RATE_LIMIT="1000000/minute")
    tabs = [Tab(service, token) for token in mint(service, *"abcdefgh")]
    until = time.monotonic() + SECONDS
    rotations = 0
    with refreshing(tabs, hold=False):
        while time.monotonic() < until:
            (before,) = {jwt.get_unverified_header(tabs[0].tokens[-1])["kid"]}
            kid = service.cli("keys", "add", "--alg", ("ES256", "EdDSA")[rotations % 2]).stdout.strip()
            service.cli("keys", "promote", "--force", kid)
            refused = service.cli("keys", "retire", before, check=False)
            assert refused.returncode == 1
            assert "may live until" in refused.stderr
            # Every client has a cookie of the new key now, so --force signs nobody out.
            wait_for(partial(moved, tabs, kid), "everybody to be moved", 20)
            service.cli("keys", "retire", "--force", before)
            rotations += 1
        wait_for(lambda: time.monotonic() >= until, "20 seconds to pass", SECONDS)
    assert rotations >= 2
    assert set(total(tabs)) == {200}, Counter(total(tabs))


def newest(tabs):
    return {jwt.get_unverified_header(tab.tokens[-1])["kid"] for tab in tabs}


def moved(tabs, kid):
    """Whether all tokens of the last 2 seconds were signed with this key."""
    if newest(tabs) != {kid}:
        return False
    counts = [len(tab.tokens) for tab in tabs]
    until = time.monotonic() + 2
    wait_for(lambda: time.monotonic() >= until, "the workers to pick the key up", 5)
    return newest(tabs) == {kid} and all(len(tab.tokens) > count for tab, count in zip(tabs, counts, strict=True))
