"""JSON objects, read strictly: valid UTF-8, unique names, finite numbers, no lone surrogates."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import orjson

MAX_NESTING = 64


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("duplicate name")
    return names


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def refuse_constant(text: str) -> NoReturn:
    """Refuses NaN and Infinity, which Python's json accepts (RFC 8259 section 6)."""
    raise ValueError("not a JSON number")


def _nesting(value: Any) -> int:
    """How deeply objects and lists are nested in `value`."""
    depth, level = 0, [value]
    while level := [inner for inner in level if isinstance(inner, dict | list)]:
        depth += 1
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return depth


# One decoder and one encoder for the life of the process: json.loads and json.dumps create new ones at each call.
_decode = json.JSONDecoder(object_pairs_hook=_unique_names, parse_float=_finite, parse_constant=refuse_constant).decode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _is_shallow(text: bytes) -> bool:
    return text.count(b"[") + text.count(b"{") <= MAX_NESTING


def read_value(text: bytes) -> Any:
    """The JSON value in `text`, of any type. Raises ValueError for what read_object() refuses."""
    try:
        value = _decode(text.decode())
        if not _is_shallow(text) and _nesting(value) > MAX_NESTING:
            raise ValueError("nested too deeply")
        if b"\\u" in text:
            _encode(value).encode()  # a lone surrogate, which only an escape can write, has no UTF-8
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def read_object(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`.

    Raises ValueError for anything else: not UTF-8 or a byte order mark (RFC 8259 section 8.1), a duplicate name at any
    depth (RFC 7515 section 4, RFC 7519 section 4), NaN and infinities, lone surrogates (RFC 8259 section 8.2), and
    nesting deeper than MAX_NESTING. (Python's recursion limit depends on the stack of the caller; a fixed limit makes
    reading and writing agree.)
    """
    # orjson is five times as fast, but not strict. If it writes the same bytes again, nothing was lost: each name occurs
    # once, every number is exact, and no character was escaped.
    if _is_shallow(text):
        try:
            value = orjson.loads(text)
        except ValueError:
            pass  # read again below: orjson refuses some numbers that JSON allows
        else:
            if type(value) is dict and orjson.dumps(value) == text:
                return value
    value = read_value(text)
    if type(value) is not dict:
        raise ValueError("not an object")
    return value


def write_object(value: dict[str, Any]) -> bytes:
    """`value`, as read_object returns it, as compact JSON in UTF-8."""
    try:
        return orjson.dumps(value)  # a tenth of the time
    except orjson.JSONEncodeError:
        return _encode(value).encode()  # integers of more than 64 bits
