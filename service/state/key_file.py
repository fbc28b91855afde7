"""The key file: a private JWK Set, read if nobody else can read it, and reloaded when it changes."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

from security.algorithms import InvalidKey
from security.keys import KeySet, load_key_set
from service.telemetry.log import Log

MAX_BYTES = 1 << 20
WATCH_SECONDS = 0.5
OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO is opened at once, and refused
PUBLIC_MAX_AGE = 300  # seconds for which those who verify tokens may keep the public keys (RFC 9111 section 5.2.2.1)


class KeyFileError(Exception):
    """The key file cannot be used. The message is one line that names it."""


def read(path: Path, *, whose: tuple[int, ...] | None = None) -> dict[str, Any]:
    """The JWK Set in the file at `path`, which belongs to one of the users `whose`, or to any with None.

    Raises KeyFileError. The mode is that of a Kubernetes Secret (0440, for a group of the pod) at most. systemd's
    LoadCredential shows the same one, because of an access control list.
    """
    try:
        descriptor = os.open(path, OPEN)
    except OSError as error:
        raise KeyFileError(f"key file {path}: {error.strerror}") from error
    try:
        return read_open(path, descriptor, whose)
    finally:
        os.close(descriptor)


def read_open(path: Path, descriptor: int, whose: tuple[int, ...] | None) -> dict[str, Any]:
    """As read(), of the file at `path` that was opened with the flags OPEN."""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeyFileError(f"key file {path}: not a regular file")
        if status.st_mode & 0o037:
            raise KeyFileError(f"key file {path}: mode is {status.st_mode & 0o777:04o}, must be 0600, or 0640 at most")
        if whose is not None and status.st_uid not in whose:
            raise KeyFileError(f"key file {path}: belongs to user {status.st_uid}, must be ours or root's")
        with open(descriptor, "rb", closefd=False) as file:  # closefd=True would leave a folder open
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"key file {path}: {error.strerror}") from error
    try:
        jwks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeyFileError(f"key file {path}: not JSON") from error
    if len(text) > MAX_BYTES or not isinstance(jwks, dict):
        raise KeyFileError(f"key file {path}: not a JWK Set")
    return jwks


def read_own(path: Path) -> dict[str, Any]:
    """As read(), of a file that belongs to our user or to root."""
    return read(path, whose=(0, os.geteuid()))


def key_set(path: Path, jwks: dict[str, Any]) -> KeySet:
    """The keys of `jwks`, which was read from `path`. Raises KeyFileError."""
    try:
        return load_key_set(jwks)
    except InvalidKey as error:
        raise KeyFileError(f"key file {path}: {error}") from error


class LiveKeyFile:
    """The keys in force: those of the file at `path`, or while it cannot be used, the last ones that could."""

    def __init__(self, path: Path, log: Log) -> None:
        self._path = path
        self._log = log
        self._seen = self._fingerprint()
        self.current = key_set(path, read_own(path))
        self.problem = ""
        self._refused: tuple[int, ...] = ()
        self._unfit: tuple[dict[str, Any], str] | None = None  # what was read last and is no key set, and why not
        self._warn()

    def _fingerprint(self) -> tuple[int, ...]:
        try:
            status = os.stat(self._path)
        except OSError:
            return ()
        return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)

    def reload(self) -> None:
        """Reads the file if it has changed. If it cannot be used, that is logged and the keys stay in force.

        It is then read again each time, changed or not: what was in the way may have been neither the file nor its
        content. There may be keys in it that we do not know.
        """
        seen = self._fingerprint()
        if seen == self._seen and not self.problem:
            return
        told = (self.problem, self._refused)
        try:
            self.current = self._load()
        except KeyFileError as error:
            self.problem = str(error)
            self.current = replace(self.current, incomplete=True)
            self._refused = seen
            if told != (self.problem, seen):
                self._log.error("key file refused, the keys in force stay", reason=self.problem)
        else:
            self.problem = ""
            self._seen = seen
            self._log.info("keys in force", signing=self.current.signing.kid, kids=list(self.current.keys))
            self._warn()

    def _load(self) -> KeySet:
        """The keys in the file. Raises KeyFileError.

        What was refused is not loaded again: with an RSA key of 3072 bits that takes 0.2 s, in which nobody is answered.
        """
        jwks = read_own(self._path)
        if self._unfit is not None and self._unfit[0] == jwks:
            raise KeyFileError(self._unfit[1])
        self._unfit = None
        try:
            return key_set(self._path, jwks)
        except KeyFileError as error:
            self._unfit = (jwks, str(error))
            raise

    def _warn(self) -> None:
        if self.current.ignored:
            self._log.warning("members of the key file were passed over", reasons=self.current.ignored)

    async def watch(self) -> None:
        """Reloads the file whenever it changes. Never returns."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.reload()
