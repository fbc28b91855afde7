"""The issuers file: who is trusted to end sessions. Read if nobody else can write it, and reloaded when it changes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from security import strict_json
from security.claims import Policy
from security.issuers import NOBODY, InvalidIssuers, Issuers, load_issuers
from service.state import guarded_file
from service.state.guarded_file import MAX_BYTES, FileError, Kind
from service.state.live_file import LiveFile
from service.telemetry.log import Log


class IssuersFileError(FileError):
    """The issuers file cannot be used."""

    file = "issuers file"


# Public keys may be read by anybody. Whoever can write the file can sign users out.
KIND = Kind(0o022, "0644 at most", IssuersFileError)


def read(path: Path, *, whose: tuple[int, ...] | None = None) -> bytes:
    """The content of the file at `path`, which belongs to one of the users `whose`, or to any with None.

    Raises IssuersFileError.
    """
    return guarded_file.read(path, KIND, whose)


def read_own(path: Path) -> bytes:
    """As read(), of a file that belongs to our user or to root."""
    return read(path, whose=guarded_file.of_our_own())


def issuers(path: Path, text: bytes, policy: Policy) -> Issuers:
    """The issuers in `text`, which was read from `path`. Raises IssuersFileError."""
    if len(text) > MAX_BYTES:
        raise IssuersFileError(f"issuers file {path}: more than {MAX_BYTES} bytes")
    try:
        entries = strict_json.read_value(text)
    except ValueError as error:
        raise IssuersFileError(f"issuers file {path}: not JSON, or a name stands twice in an object") from error
    try:
        return load_issuers(entries, policy)
    except InvalidIssuers as error:
        raise IssuersFileError(f"issuers file {path}: {error}") from error


def is_there(path: Path) -> bool:
    """Whether there is a file. Also if that cannot be told: reading it then says why not."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def load(path: Path, policy: Policy) -> Issuers:
    """The issuers in the file at `path`, of our user or root; nobody if there is no file. Raises IssuersFileError."""
    if not is_there(path):
        return NOBODY
    return issuers(path, read_own(path), policy)


class LiveIssuersFile(LiveFile[bytes, Issuers]):
    """The issuers in force: nobody until there is a file.

    A file that a new worker cannot use does not keep it from serving refreshes: it trusts nobody yet. One that is removed
    is like one that cannot be read: those in force stay, so that a volume that is not there for a moment leaves no logout
    unheard. An empty list trusts nobody.
    """

    refused = "issuers file refused, the issuers in force stay"

    def __init__(self, path: Path, log: Log, policy: Policy) -> None:
        self._policy = policy
        self._there = False
        super().__init__(path, log, otherwise=replace(NOBODY, incomplete=True))

    @override
    def _read(self) -> bytes:
        if not self._there and not is_there(self._path):
            return b"[]"
        return read_own(self._path)

    @override
    def _make(self, content: bytes) -> Issuers:
        made = issuers(self._path, content, self._policy)
        # Only a file that could be used: one that never could be, and goes, leaves nobody to protect.
        self._there = self._there or is_there(self._path)
        return made

    @override
    def _incomplete(self) -> Issuers:
        return replace(self.current, incomplete=True)

    @override
    def _tell(self) -> None:
        self._log.info("issuers in force", issuers=list(self.current.entries), passed_over=self.current.ignored)
