"""The trace that a request belongs to, as the header `traceparent` says (W3C Trace Context, levels 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

HEADER = b"traceparent"
# Section 3.2.2: version, trace-id, parent-id, trace-flags. Version ff is invalid, and so is an id of zeros. What follows
# the flags is of a version that we do not know.
_TRACEPARENT = re.compile(
    rb"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<parent>[0-9a-f]{16})"
    rb"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?",
    re.DOTALL,
)


class TraceContext(NamedTuple):
    """The trace, the caller's span in it, and the flags, which say whether the caller records it. All are lower-case hex."""

    trace_id: str
    parent_id: str
    flags: str


def read(values: Sequence[bytes]) -> TraceContext | None:
    """The trace that the `values` of all headers of that name say. None if that is not well formed, or repeated."""
    match = _TRACEPARENT.fullmatch(values[0]) if len(values) == 1 else None
    if match is None or (match["version"] == b"00" and match["more"] is not None):
        return None
    return TraceContext(*(match[part].decode("ascii") for part in ("trace", "parent", "flags")))
