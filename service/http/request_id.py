"""The id of a request, by which the log line and the response are matched."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Mapping, Sequence

HEADER = b"x-request-id"
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Takes the caller's id, or makes one: a prefix that is random for each process, and a counter."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(8)
        self._counter = itertools.count(1)

    def for_request(self, headers: Mapping[bytes, Sequence[bytes]]) -> bytes:
        """The caller's id if it sent one that is well formed; else a new one."""
        given = headers.get(HEADER, ())
        if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]):
            return given[0]
        return f"{self._prefix}-{next(self._counter):x}".encode("ascii")
