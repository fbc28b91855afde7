"""Broken and merely odd HTTP, as data: each request by name, with the status that it gets."""

from __future__ import annotations

from tests.support.broken_http.accepted import ODD
from tests.support.broken_http.chunks import CHUNKS
from tests.support.broken_http.framing import FRAMING
from tests.support.broken_http.headers import HEADERS
from tests.support.broken_http.other_targets import OTHER_TARGETS
from tests.support.broken_http.request_line import REQUEST_LINES

BROKEN: dict[str, tuple[bytes, int]] = {**REQUEST_LINES, **HEADERS, **FRAMING, **CHUNKS, **OTHER_TARGETS}

__all__ = ["BROKEN", "ODD"]
