"""Changes to the key file: one at a time, each atomic and durable, and the file stays whose it is."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from security.generation import generate
from security.keys import why_ignored
from service.state.guarded_file import MAX_BYTES, OPEN
from service.state.key_file import KeyFileError, key_set, read_open
from service.state.key_times import PROMOTED, TIMES, is_time
from service.state.rights import Rights

LOCK_SECONDS = 10


class LockedKeyFile:
    """The key file at `path`, for the one command that may change it now: the file `name` in an open folder.

    Everything is done in that folder and to open files, nothing by path: the folder may belong to a user who exchanges
    names for links while root is at work.
    """

    def __init__(self, path: Path, folder: int, name: str) -> None:
        self.path = path
        self._folder = folder
        self._name = name
        self._rights: Rights | None = None

    def is_missing(self) -> bool:
        """Whether there is no such file, and no link either."""
        return not os.path.lexists(self.path)

    def read(self) -> dict[str, Any]:
        """The JWK Set in it. Raises KeyFileError."""
        try:
            descriptor = os.open(self._name, OPEN | os.O_NOFOLLOW, dir_fd=self._folder)
        except OSError as error:
            raise KeyFileError(f"key file {self.path}: {error.strerror}") from error
        try:
            self._rights = Rights.of(descriptor)
            return read_open(self.path, descriptor, None)
        except OSError as error:
            raise KeyFileError(f"key file {self.path}: {error.strerror}") from error
        finally:
            os.close(descriptor)

    def write(self, jwks: dict[str, Any]) -> None:
        """Replaces it by `jwks`, atomically and durably, if that can be used. Raises KeyFileError.

        Owner, group, mode and access control list are those of the file that was read. A new file is ours alone.
        """
        key_set(self.path, jwks)
        text = (json.dumps(jwks, indent=2) + "\n").encode()
        if len(text) > MAX_BYTES:
            raise KeyFileError(f"key file {self.path}: would have more than {MAX_BYTES} bytes")
        fresh = f".{self._name}.new"
        try:
            self._remove(fresh)  # of a command that was killed
            try:
                descriptor = os.open(
                    fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self._folder
                )
                with os.fdopen(descriptor, "wb") as file:
                    file.write(text)
                    file.flush()
                    if self._rights is not None:
                        self._rights.give(descriptor)
                    os.fsync(descriptor)
                os.replace(fresh, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            finally:
                self._remove(fresh)
            os.fsync(self._folder)
        except OSError as error:
            raise KeyFileError(f"key file {self.path}: {error.strerror}") from error

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)

    def leave_to_owner_of_folder(self) -> None:
        """A new file that root writes belongs to the owner of its folder, for whose service it is."""
        status = os.fstat(self._folder)
        if os.geteuid() == 0:
            self._rights = Rights(status.st_uid, status.st_gid, 0o600)


@contextmanager
def locked(path: Path) -> Iterator[LockedKeyFile]:
    """Holds a lock: no other command changes the key file at `path` meanwhile. Raises KeyFileError.

    Links are followed: the file that they lead to is changed, and they stay. The lock is on its folder: a file for it,
    made by root, would keep the owner out, and the key file itself is replaced. NFS locks no folders: there it is refused.
    """
    try:
        target = os.path.realpath(path)
        folder = os.open(os.path.dirname(target), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"key file {path}: {error.strerror}") from error
    try:
        _lock(path, folder)
        yield LockedKeyFile(path, folder, os.path.basename(target))
    finally:
        os.close(folder)


def _lock(path: Path, folder: int) -> None:
    """Waits for LOCK_SECONDS at most: whoever can read a folder can lock it."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise KeyFileError(f"key file {path}: its folder is locked by another process") from error
        except OSError as error:
            raise KeyFileError(f"key file {path}: its folder cannot be locked: {error.strerror}") from error
        time.sleep(0.05)


def create(path: Path) -> None:
    """Makes the key file at `path` with one new EdDSA key, unless there is one. Raises KeyFileError."""
    with locked(path) as file:
        if file.is_missing():
            file.write({"keys": [{**generate("EdDSA"), PROMOTED: int(time.time())}]})


def check_times(path: Path, jwks: dict[str, Any], now: float) -> None:
    """Raises KeyFileError for junk in the members that tell times of our keys. `now`: unix seconds."""
    for member in jwks["keys"]:
        for name in TIMES:
            if name not in member or why_ignored(member):
                continue
            if not is_time(member[name], now):
                raise KeyFileError(
                    f"key file {path}: key {member['kid']}: {name} is no time in the past, in unix seconds"
                )
