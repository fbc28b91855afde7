"""`traceparent`, by the cases of W3C's own test suite (w3c/trace-context, test/test.py), each under its name there."""

from __future__ import annotations

import pytest

from service.http.trace_context import TraceContext, read

TRACE, PARENT = "12345678901234567890123456789012", "1234567890123456"
GOOD = f"00-{TRACE}-{PARENT}-01"
REFUSED = {
    "duplicated": [f"00-12345678901234567890123456789011-{PARENT}-01", GOOD],
    "version_0x00": [f"{GOOD}."],
    "version_0x00, what the future will be like": [f"{GOOD}-what-the-future-will-be-like"],
    "version_0xcc, no dash": [f"cc-{TRACE}-{PARENT}-01.what-the-future-will-be-like"],
    "version_0xff": [f"ff-{TRACE}-{PARENT}-01"],
    "version_illegal_characters, first": [f".0-{TRACE}-{PARENT}-01"],
    "version_illegal_characters, last": [f"0.-{TRACE}-{PARENT}-01"],
    "version_too_long": [f"000-{TRACE}-{PARENT}-01"],
    "version_too_long, twice": [f"0000-{TRACE}-{PARENT}-01"],
    "version_too_short": [f"0-{TRACE}-{PARENT}-01"],
    "trace_id_all_zero": [f"00-{'0' * 32}-{PARENT}-01"],
    "trace_id_illegal_characters, first": [f"00-.{TRACE[1:]}-{PARENT}-01"],
    "trace_id_illegal_characters, last": [f"00-{TRACE[:-1]}.-{PARENT}-01"],
    "trace_id_too_long": [f"00-{TRACE}3-{PARENT}-01"],
    "trace_id_too_short": [f"00-{TRACE[:-1]}-{PARENT}-01"],
    "parent_id_all_zero": [f"00-{TRACE}-{'0' * 16}-01"],
    "parent_id_illegal_characters, first": [f"00-{TRACE}-.{PARENT[1:]}-01"],
    "parent_id_illegal_characters, last": [f"00-{TRACE}-{PARENT[:-1]}.-01"],
    "parent_id_too_long": [f"00-{TRACE}-{PARENT}7-01"],
    "parent_id_too_short": [f"00-{TRACE}-{PARENT[:-1]}-01"],
    "trace_flags_illegal_characters, first": [f"00-{TRACE}-{PARENT}-.0"],
    "trace_flags_illegal_characters, last": [f"00-{TRACE}-{PARENT}-0."],
    "trace_flags_too_long": [f"00-{TRACE}-{PARENT}-001"],
    "trace_flags_too_short": [f"00-{TRACE}-{PARENT}-1"],
    # Section 3.2.2.2 to 3.2.2.5: lower case alone.
    "upper case in the version": [f"CC-{TRACE}-{PARENT}-01"],
    "upper case in the trace id": [f"00-{'A' * 32}-{PARENT}-01"],
    "upper case in the parent id": [f"00-{TRACE}-{'A' * 16}-01"],
    "upper case in the flags": [f"00-{TRACE}-{PARENT}-0A"],
    # Others that a server meets.
    "the same twice": [GOOD, GOOD],
    "two in one": [f"{GOOD},{GOOD}"],
    "empty": [""],
    "no dashes": [GOOD.replace("-", "_")],
    "digits of another script": [f"00-{TRACE[:-2]}\xb2\xb3-{PARENT}-01"],
    "a line break": [f"{GOOD}\n"],
    "much too long": ["0" * 16_000],
}
TAKEN = {
    "included_tracestate_missing": (GOOD, "01"),
    "included, not sampled": (f"00-{TRACE}-{PARENT}-00", "00"),
    "version_0xcc": (f"cc-{TRACE}-{PARENT}-01", "01"),
    "version_0xcc, what the future will be like": (f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like", "01"),
    "a later version that ends with a dash": (f"01-{TRACE}-{PARENT}-01-", "01"),
    "flags of level 2: random": (f"00-{TRACE}-{PARENT}-03", "03"),
    "flags that nobody has defined": (f"00-{TRACE}-{PARENT}-ff", "ff"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_traceparent_that_is_not_well_formed_is_none(name):
    """It is no trace, and no error."""
    assert read([value.encode("latin-1") for value in REFUSED[name]]) is None


@pytest.mark.parametrize("name", TAKEN)
def test_well_formed_traceparent_is_taken_apart(name):
    """Trace, parent and flags come as they were sent; of a later version what is known of it (section 3.2.4)."""
    value, flags = TAKEN[name]
    assert read([value.encode()]) == TraceContext(TRACE, PARENT, flags)


def test_vectors_begin_with_a_good_one():
    """The refused ones differ from one that is taken: so it is the difference that they are refused for."""
    assert read([GOOD.encode()]) is not None
    assert all(value != [GOOD] for value in REFUSED.values())
