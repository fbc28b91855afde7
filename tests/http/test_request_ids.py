"""X-Request-Id: a well-formed id comes back, any other is replaced."""

from __future__ import annotations

import re

import pytest

IDS = {"a": True, "A.b_c-9": True, "x" * 64: True, "x" * 65: False, "": False, "a b": False, "a,b": False, "é": False,
       "a/b": False, "<script>": False, "0f8fad5b-d9cb-469f-a165-70867728950e": True, " padded\t": None}  # fmt: skip


@pytest.mark.parametrize("given", IDS)
def test_request_id_comes_back_if_it_is_well_formed(service, token, given):
    """An id is 1 to 64 letters, digits, dots, dashes and underscores. Any other is replaced by a new one."""
    reply = service.refresh(token, f"X-Request-Id: {given}")
    shown = reply.header("x-request-id")
    assert (shown == given.strip()) == (IDS[given] is not False)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", shown or "")


def test_request_id_given_twice_is_replaced(service, token):
    """Neither of the two ids comes back."""
    shown = service.refresh(token, "X-Request-Id: one", "X-Request-Id: two").header("x-request-id")
    assert shown not in ("one", "two")


def test_new_request_ids_are_never_the_same(service, token):
    """Each response has an id of its own."""
    assert len({service.refresh(token).header("x-request-id") for _ in range(20)}) == 20
