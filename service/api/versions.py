"""The version catalogue of the document: which API version a response follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from security.errors import BadRequest

STATUSES = ("active", "deprecated", "retired")


class ContractError(Exception):
    """The document cannot be used. The message is one line."""


@dataclass(frozen=True, slots=True)
class Version:
    """An API version that is offered, and the headers of its responses."""

    name: str
    headers: tuple[tuple[bytes, bytes], ...]


class Catalogue:
    """The API versions and their status: active, deprecated or retired."""

    def __init__(self, data: dict[str, Any], header: str) -> None:
        self.header = header.lower().encode("ascii")
        self.default: str = data["default"]
        self.offered: dict[str, Version] = {}
        self.retired: dict[str, str] = {}
        for name, entry in data["versions"].items():
            if entry["status"] not in STATUSES:
                raise ContractError(f"x-version-catalogue: {name}: status {entry['status']} is none of {STATUSES}")
            if entry["status"] == "retired":
                self.retired[name] = entry["successor"]
            else:
                self.offered[name] = Version(name, ((self.header, name.encode("ascii")), *_end_of_life(name, entry)))
        for name in (self.default, *self.retired.values()):  # the versions that callers get, or are told to move to
            if name not in self.offered:
                raise ContractError(f"x-version-catalogue: {name} is not offered")

    def choose(self, requested: Sequence[bytes], pinned: str | None) -> Version:
        """The version that the caller asks for, else the one pinned to its API key, else the default.

        Raises BadRequest if the header is repeated, or the version is not offered or retired (`detail` then names its
        successor).
        """
        if len(requested) > 1:
            raise BadRequest("version: repeated", detail="Verifa-Version must not be repeated.")
        name = requested[0].decode("latin-1") if requested else pinned or self.default
        if name in self.retired:
            successor = self.retired[name]
            raise BadRequest("version: retired", detail=f"Version {name} is retired. Move to {successor}.")
        if name not in self.offered:
            raise BadRequest("version: unknown", detail="Verifa-Version is not one of the offered versions.")
        return self.offered[name]


def _end_of_life(name: str, entry: dict[str, Any]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of a deprecated version, which tell when it will be retired; of any other, none."""
    if entry["status"] != "deprecated":
        return ()
    since, until = (
        datetime.combine(date.fromisoformat(entry[event]), time(), UTC) for event in ("deprecated", "sunset")
    )
    if until < since:  # RFC 9745 section 4
        raise ContractError(f"x-version-catalogue: {name}: its sunset comes before its deprecation")
    return (
        (b"deprecation", b"@%d" % since.timestamp()),  # RFC 9745 section 2.1
        (b"sunset", format_datetime(until, usegmt=True).encode("ascii")),  # RFC 8594 section 3
        (b"link", f'<{entry["link"]}>; rel="deprecation"; type="text/html"'.encode("ascii")),  # RFC 9745 section 3
    )
