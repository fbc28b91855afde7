"""What a worker shows of its state: the gauges by name, with what each says and its labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Gauge = tuple[str, ...]  # the name, and the value of each label
Values = Mapping[Gauge, float]

STALENESS = "session_refresh_store_staleness_seconds"
MAX_STALENESS = "session_refresh_store_max_staleness_seconds"
REVOCATIONS = "session_refresh_revocations"
LOCAL_LIMITS = "session_refresh_local_limits"
FAILING = "session_refresh_dependency_failing"
KEY_SIGNS = "session_refresh_key_signs"
KEY_ADDED = "session_refresh_key_added_timestamp_seconds"
KEY_SIGNING_SINCE = "session_refresh_key_signing_since_timestamp_seconds"
KEY_RETIRABLE = "session_refresh_key_retirable_timestamp_seconds"
WORKERS = "session_refresh_workers"

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    STALENESS: ("Seconds since a worker last read the store; the largest of all workers.", ()),
    MAX_STALENESS: ("The staleness in seconds beyond which refreshes get 503: SESSION_REFRESH_MAX_STALENESS.", ()),
    REVOCATIONS: ("Revocations that a worker holds in memory.", ()),
    LOCAL_LIMITS: ("1 while a worker counts rate limits locally because the shared store does not answer.", ()),
    FAILING: ("1 while /readyz of a worker says anything but ok of this dependency.", ("dependency",)),
    KEY_SIGNS: ("1 for the key that signs, 0 for each other key in force.", ("kid", "alg")),
    KEY_ADDED: ("When a key was added to the key file, if that stands there; unix seconds.", ("kid",)),
    KEY_SIGNING_SINCE: ("When the key that signs began to, if that stands in the key file; unix seconds.", ("kid",)),
    KEY_RETIRABLE: (
        "When the last cookie of a key that was demoted has expired, so that it may be retired; unix seconds.",
        ("kid",),
    ),
    WORKERS: ("Workers, by state: running, or missing because they ended and are not replaced yet.", ("state",)),
}


def largest(of_workers: Iterable[Values]) -> dict[Gauge, float]:
    """The largest value of each gauge that any worker shows."""
    found: dict[Gauge, float] = {}
    for values in of_workers:
        for gauge, value in values.items():
            found[gauge] = max(value, found.get(gauge, value))
    return found


def dump(values: Values) -> list[list[Any]]:
    """For JSON."""
    return [[*gauge, value] for gauge, value in values.items()]


def load(dumped: Iterable[list[Any]]) -> dict[Gauge, float]:
    """As dump() was given them."""
    return {tuple(gauge): value for *gauge, value in dumped}
