"""security/strict_json.py: JSON objects read without forgiveness."""

from __future__ import annotations

import pytest

from security import strict_json

LISTS = b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"
OBJECTS = b'{"a":' * 64 + b"1" + b"}" * 64
WIDE = LISTS[:-1] + b',"b":[{},{},[[]]]}'


@pytest.mark.parametrize("text", [LISTS, OBJECTS, WIDE], ids=["lists", "objects", "with others beside"])
def test_sixty_four_levels_are_read_and_written(text):
    """Objects and lists may stand 64 deep; what is read can be written."""
    assert strict_json.write_object(strict_json.read_object(text)) == text


@pytest.mark.parametrize("depth", [64, 900, 990, 100_000])
def test_deeper_than_sixty_four_is_refused(depth):
    """One level more is refused, far from where the interpreter gives up: that depends on who calls."""
    with pytest.raises(ValueError, match="nested too deep"):
        strict_json.read_object(b'{"a":' + b"[" * depth + b"]" * depth + b"}")


def test_brackets_in_text_are_no_nesting():
    """Only structure counts: brackets in text are text."""
    text = b'{"a":"' + b"[{" * 200 + b'"}'
    assert strict_json.read_object(text) == {"a": "[{" * 200}
