"""The key file: a private JWK Set, read if nobody else can read it, and reloaded when it changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from typing_extensions import override

from security.algorithms import InvalidKey
from security.keys import KeySet, load_key_set
from service.state import guarded_file
from service.state.guarded_file import MAX_BYTES, FileError, Kind
from service.state.key_times import KeyTimes, key_times
from service.state.live_file import LiveFile
from service.telemetry.log import Log

PUBLIC_MAX_AGE = 300  # seconds for which those who verify tokens may keep the public keys (RFC 9111 section 5.2.2.1)


class KeyFileError(FileError):
    """The key file cannot be used."""

    file = "key file"


# The mode is that of a Kubernetes Secret (0440, for a group of the pod) at most. systemd's LoadCredential shows the same
# one, because of an access control list.
KIND = Kind(0o037, "0600, or 0640 at most", KeyFileError)


def read(path: Path, *, whose: tuple[int, ...] | None = None) -> dict[str, Any]:
    """The JWK Set in the file at `path`, which belongs to one of the users `whose`, or to any with None.

    Raises KeyFileError.
    """
    return _jwks(path, guarded_file.read(path, KIND, whose))


def read_open(path: Path, descriptor: int, whose: tuple[int, ...] | None) -> dict[str, Any]:
    """As read(), of the file at `path` that was opened with the flags of guarded_file."""
    return _jwks(path, guarded_file.read_open(path, descriptor, KIND, whose))


def _jwks(path: Path, text: bytes) -> dict[str, Any]:
    try:
        jwks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeyFileError(f"key file {path}: not JSON") from error
    if len(text) > MAX_BYTES or not isinstance(jwks, dict):
        raise KeyFileError(f"key file {path}: not a JWK Set")
    return jwks


def read_own(path: Path) -> dict[str, Any]:
    """As read(), of a file that belongs to our user or to root."""
    return read(path, whose=guarded_file.of_our_own())


def key_set(path: Path, jwks: dict[str, Any]) -> KeySet:
    """The keys of `jwks`, which was read from `path`. Raises KeyFileError."""
    try:
        return load_key_set(jwks)
    except InvalidKey as error:
        raise KeyFileError(f"key file {path}: {error}") from error


class LiveKeyFile(LiveFile[dict[str, Any], KeySet]):
    """The keys in force, and their times."""

    times: Sequence[KeyTimes]
    refused = "key file refused, the keys in force stay"

    def __init__(self, path: Path, log: Log) -> None:
        super().__init__(path, log)
        self._warn()

    @override
    def _read(self) -> dict[str, Any]:
        return read_own(self._path)

    @override
    def _make(self, content: dict[str, Any]) -> KeySet:
        loaded = key_set(self._path, content)
        self.times = key_times(content, loaded)
        return loaded

    @override
    def _incomplete(self) -> KeySet:
        return replace(self.current, incomplete=True)

    @override
    def _tell(self) -> None:
        self._log.info("keys in force", signing=self.current.signing.kid, kids=list(self.current.keys))
        self._warn()

    def _warn(self) -> None:
        if self.current.ignored:
            self._log.warning("members of the key file were passed over", reasons=self.current.ignored)
