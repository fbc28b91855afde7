"""What /metrics says of keys: their times as the key file has them, and nothing that is not known."""

from __future__ import annotations

import pytest

from security.keys import load_key_set
from service.runtime import gauges
from service.state.key_times import key_times
from service.telemetry.gauges import KEY_ADDED, KEY_RETIRABLE, KEY_SIGNING_SINCE, KEY_SIGNS
from tests.support.tokens import private_jwk, public_jwk

FIRST, SECOND, THIRD = (private_jwk("EdDSA", kid) for kid in ("first", "second", "third"))


def shown(*members):
    jwks = {"keys": list(members)}
    return gauges.keys(key_times(jwks, load_key_set(jwks)), 30)


def test_times_are_those_of_the_key_file():
    """The key that signs since it was promoted, one that signed, one that waits, and one that signs elsewhere."""
    assert shown(
        {**FIRST, "added_at": 1000.5, "promoted_at": 2000, "demoted_at": 1500},
        {**SECOND, "promoted_at": 900, "demoted_at": 2000},
        {**THIRD, "added_at": 3000},
        public_jwk(private_jwk("ES256", "login")),
    ) == {
        (KEY_SIGNS, "first", "EdDSA"): 1,
        (KEY_ADDED, "first"): 1000.5,
        (KEY_SIGNING_SINCE, "first"): 2000,
        (KEY_SIGNS, "second", "EdDSA"): 0,
        (KEY_RETIRABLE, "second"): 2000 + 2 + 28800 + 30,  # when `keys retire` takes it
        (KEY_SIGNS, "third", "EdDSA"): 0,
        (KEY_ADDED, "third"): 3000,
        (KEY_SIGNS, "login", "ES256"): 0,
    }


def test_key_that_was_never_promoted_signs_since_it_was_added():
    """It was the first one."""
    assert shown({**FIRST, "added_at": 7})[KEY_SIGNING_SINCE, "first"] == 7


@pytest.mark.parametrize("junk", ["yesterday", -1, True, None, [1], 10**400, float("nan"), 2**40])
def test_time_that_is_none_is_not_shown(junk):
    """The service uses such keys; only the commands that go by the times refuse them."""
    members = [{**FIRST, "added_at": junk, "promoted_at": junk}, {**SECOND, "demoted_at": junk}]
    assert {name for name, *_ in shown(*members)} == {KEY_SIGNS}


def test_file_of_many_keys_makes_no_long_page():
    """The first 32 are shown, and the one that signs is among them wherever it stands."""
    keys = [public_jwk(private_jwk("EdDSA", f"k{number}")) for number in range(40)]
    found = [gauge for gauge in shown(*keys, FIRST, {"kty": "oct", "use": "enc"}) if gauge[0] == KEY_SIGNS]
    assert len(found) == gauges.MAX_KEYS
    assert (KEY_SIGNS, "first", "EdDSA") in found
