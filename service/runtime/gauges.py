"""What /metrics shows of a worker's state beside its counts: each dependency, and each key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from service.state.key_times import KeyTimes
from service.telemetry.gauges import FAILING, KEY_ADDED, KEY_RETIRABLE, KEY_SIGNING_SINCE, KEY_SIGNS, Gauge

MAX_KEYS = 32  # a file of many more must not make /metrics long; the key that signs is always among them


def dependencies(readiness: Mapping[str, str]) -> dict[Gauge, float]:
    """Whether each dependency fails, as /readyz tells it."""
    return {(FAILING, name): float(state != "ok") for name, state in readiness.items()}


def keys(times: Iterable[KeyTimes], leeway: float) -> dict[Gauge, float]:
    """The keys and their times, as far as they are known. `leeway`: seconds for which cookies count after their `exp`."""
    shown: dict[Gauge, float] = {}
    for key in islice(times, MAX_KEYS):
        shown[KEY_SIGNS, key.kid, key.alg] = float(key.signs)
        retirable = None if key.last_cookie is None else key.last_cookie + leeway
        for name, moment in (
            (KEY_ADDED, key.added),
            (KEY_SIGNING_SINCE, key.signing_since),
            (KEY_RETIRABLE, retirable),
        ):
            if moment is not None:
                shown[name, key.kid] = moment
    return shown
