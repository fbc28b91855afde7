"""The contract: openapi.yaml as data, and the version catalogue in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from importlib import resources
from typing import Any

import yaml

from security.errors import BadRequest

VERSION_HEADER = b"verifa-version"
STATUSES = ("active", "deprecated", "retired")


class ContractError(Exception):
    """The document cannot be served; the message is one line."""


@dataclass(frozen=True, slots=True)
class Version:
    """An API version on offer, with the headers that every answer of it carries."""

    name: str
    headers: tuple[tuple[bytes, bytes], ...]


class Catalogue:
    """Which version an answer follows (active, deprecated, retired)."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.default: str = data["default"]
        self.offered: dict[str, Version] = {}
        self.retired: dict[str, str] = {}
        for name, entry in data["versions"].items():
            if entry["status"] not in STATUSES:
                raise ContractError(f"x-version-catalogue: {name}: status {entry['status']} is none of {STATUSES}")
            if entry["status"] == "retired":
                self.retired[name] = entry["successor"]
            else:
                self.offered[name] = Version(name, _headers(name, entry))
        for name in (self.default, *self.retired.values()):  # what a caller is given, or told to move to
            if name not in self.offered:
                raise ContractError(f"x-version-catalogue: {name} is not on offer")

    def choose(self, asked: Sequence[bytes], pinned: str | None) -> Version:
        """The version that the caller asks for, else the one pinned to its API key, else the default.

        Raises BadRequest if it is asked for twice, not on offer, or retired (then `detail` names its successor).
        """
        if len(asked) > 1:
            raise BadRequest("version: there twice", detail="Verifa-Version may be given once.")
        name = asked[0].decode("latin-1") if asked else pinned or self.default
        if name in self.retired:
            successor = self.retired[name]
            raise BadRequest("version: retired", detail=f"Version {name} is retired. Move to {successor}.")
        if name not in self.offered:
            raise BadRequest("version: unknown", detail="Verifa-Version is not one of the versions on offer.")
        return self.offered[name]


def _headers(name: str, entry: dict[str, Any]) -> tuple[tuple[bytes, bytes], ...]:
    headers = [(VERSION_HEADER, name.encode("ascii"))]
    if entry["status"] == "deprecated":
        since, until = (
            datetime.combine(date.fromisoformat(entry[event]), time(), UTC) for event in ("deprecated", "sunset")
        )
        if until < since:  # RFC 9745 section 4
            raise ContractError(f"x-version-catalogue: {name}: its sunset comes before its deprecation")
        headers += [
            (b"deprecation", b"@%d" % since.timestamp()),  # RFC 9745 section 2.1
            (b"sunset", format_datetime(until, usegmt=True).encode("ascii")),  # RFC 8594 section 3
            (b"link", f'<{entry["link"]}>; rel="deprecation"; type="text/html"'.encode("ascii")),  # RFC 9745 section 3
        ]
    return tuple(headers)


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it is served: its bytes and their entity tag (RFC 9110 section 8.8.3)."""

    content_type: str
    body: bytes

    @property
    def etag(self) -> bytes:
        """A strong entity tag."""
        return b'"%s"' % hashlib.sha256(self.body).hexdigest()[:32].encode("ascii")


class Contract:
    """openapi.yaml, read once: what connexion routes by, and what is served at /openapi.yaml and /openapi.json."""

    def __init__(self, text: bytes) -> None:
        try:
            self.spec: dict[str, Any] = yaml.safe_load(text)
            self.catalogue = Catalogue(self.spec["x-version-catalogue"])
            self.paths = frozenset(self.spec["paths"])
            components = self.spec["components"]
            self.cookie_name: str = components["securitySchemes"]["sessionCookie"]["name"]
            self.exposed_headers: str = components["headers"]["ExposeHeaders"]["schema"]["enum"][0]
            for place in ("parameters", "headers"):
                enum = components[place]["VerifaVersion"]["schema"]["enum"]
                if sorted(enum) != sorted(self.catalogue.offered):
                    raise ContractError(
                        f"openapi.yaml: {place}: VerifaVersion: its enum is not what the catalogue offers"
                    )
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise ContractError(f"openapi.yaml: {type(error).__name__}: {error}".replace("\n", " ")) from error
        self.yaml = Document("application/yaml", text)
        self.json = Document("application/json", json.dumps(self.spec, indent=2).encode())


def load() -> Contract:
    """The contract that was installed with this program. Raises ContractError."""
    return Contract((resources.files("service") / "openapi.yaml").read_bytes())
