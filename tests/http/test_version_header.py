"""The Verifa-Version header: one of the versions on offer, given once."""

from __future__ import annotations

import pytest

from tests.support import versions
from tests.support.assertions import assert_problem, assert_refreshed

VERSIONS: dict[str, tuple[list[str], int, str]] = {
    "absent": ([], 200, versions.DEFAULT),
    "the default": ([versions.DEFAULT], 200, versions.DEFAULT),
    "the older one": ([versions.OTHER], 200, versions.OTHER),
    "with blanks around": ([f"  {versions.OTHER}  "], 200, versions.OTHER),
    "unknown": (["2999-03-01"], 400, "Verifa-Version is not one of the offered versions."),
    "before all": (["1999-12-31"], 400, "Verifa-Version is not one of the offered versions."),
    "empty": ([""], 400, "Verifa-Version is not one of the offered versions."),
    "not a date": (["latest"], 400, "Verifa-Version is not one of the offered versions."),
    "without zeros": (["2026-2-1"], 400, "Verifa-Version is not one of the offered versions."),
    "with a time": ([f"{versions.DEFAULT}T00:00:00Z"], 400, "Verifa-Version is not one of the offered versions."),
    "in quotes": ([f'"{versions.DEFAULT}"'], 400, "Verifa-Version is not one of the offered versions."),
    "in a list": (
        [f"{versions.DEFAULT}, {versions.DEFAULT}"],
        400,
        "Verifa-Version is not one of the offered versions.",
    ),
    "of a month that is not": (["2026-13-01"], 400, "Verifa-Version is not one of the offered versions."),
    "bytes over 127": (["\xff" * 10], 400, "Verifa-Version is not one of the offered versions."),
    "of 5,000 characters": ([versions.DEFAULT * 500], 400, "Verifa-Version is not one of the offered versions."),
    "repeated": ([versions.DEFAULT, versions.DEFAULT], 400, "Verifa-Version must not be repeated."),
    "given twice": ([versions.OTHER, versions.DEFAULT], 400, "Verifa-Version must not be repeated."),
}


@pytest.mark.parametrize(("values", "status", "told"), VERSIONS.values(), ids=VERSIONS)
def test_version_is_one_on_offer_given_once(service, token, values, status, told):
    """The response names the version in use. A version that is not on offer is a 400."""
    reply = service.refresh(token, *(f"Verifa-Version: {value}" for value in values))
    if status == 200:
        assert_refreshed(reply)
        assert reply.header("verifa-version") == told
    else:
        assert_problem(reply, 400)
        assert reply.json()["detail"] == told
        assert not reply.all("verifa-version")
