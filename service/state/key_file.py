"""The key file: a private JWK Set that only its owner can read, replaced atomically, and reloaded when it changes."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from security.algorithms import InvalidKey, generate
from security.keys import KeySet, load_key_set
from service.telemetry.log import Log

MAX_BYTES = 1 << 20
WATCH_SECONDS = 0.5


class KeyFileError(Exception):
    """The key file cannot be used. The message is one line that names it."""


def read(path: Path) -> dict[str, Any]:
    """The JWK Set in the file at `path`. Raises KeyFileError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KeyFileError(f"key file {path}: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeyFileError(f"key file {path}: not a regular file")
        if status.st_mode & 0o077:
            raise KeyFileError(f"key file {path}: mode is {status.st_mode & 0o777:04o}, must be 0600")
        with open(descriptor, "rb", closefd=False) as file:  # closefd=True would leave a folder open
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"key file {path}: {error.strerror}") from error
    finally:
        os.close(descriptor)
    try:
        jwks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeyFileError(f"key file {path}: not JSON") from error
    if len(text) > MAX_BYTES or not isinstance(jwks, dict):
        raise KeyFileError(f"key file {path}: not a JWK Set")
    return jwks


def key_set(path: Path, jwks: dict[str, Any]) -> KeySet:
    """The keys of `jwks`, which was read from `path`. Raises KeyFileError."""
    try:
        return load_key_set(jwks)
    except InvalidKey as error:
        raise KeyFileError(f"key file {path}: {error}") from error


def write(path: Path, jwks: dict[str, Any]) -> None:
    """Replaces the file at `path` by `jwks`, atomically and durably, if it can be used. Raises KeyFileError."""
    key_set(path, jwks)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(jwks, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise KeyFileError(f"key file {path}: {error.strerror}") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock: no other command changes the key file at `path` meanwhile. Raises KeyFileError."""
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KeyFileError(f"key file {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create(path: Path) -> None:
    """Makes the key file at `path` with one new EdDSA key, unless there is one. Raises KeyFileError."""
    with locked(path):
        if not path.exists():
            write(path, {"keys": [generate("EdDSA")]})


class LiveKeyFile:
    """The keys in force: those of the file at `path`, or while it cannot be used, the last ones that could."""

    def __init__(self, path: Path, log: Log) -> None:
        self._path = path
        self._log = log
        self._seen = self._fingerprint()
        self.current = key_set(path, read(path))
        self.problem = ""

    def _fingerprint(self) -> tuple[int, ...]:
        try:
            status = os.stat(self._path)
        except OSError:
            return ()
        return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)

    def reload(self) -> None:
        """Reads the file if it has changed. If it cannot be used, that is logged and the keys stay in force."""
        seen = self._fingerprint()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self.current = key_set(self._path, read(self._path))
        except KeyFileError as error:
            self.problem = str(error)
            self._log.error("key file refused, the keys in force stay", reason=self.problem)
        else:
            self.problem = ""
            self._log.info("keys in force", signing=self.current.signing.kid, kids=list(self.current.keys))

    async def watch(self) -> None:
        """Reloads the file whenever it changes. Never returns."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.reload()
