"""Files that decide about access: read only if nobody could have changed or seen them who should not."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 1 << 20
OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO is opened at once, and refused


class FileError(Exception):
    """A file cannot be used. The message is one line that names it. `file` is what it is called."""

    file = "file"


class Kind(NamedTuple):
    """What is asked of a file. Its mode must have none of the bits `forbidden`; `modes` tells which it may be."""

    forbidden: int
    modes: str
    error: type[FileError]


def read(path: Path, kind: Kind, whose: tuple[int, ...] | None) -> bytes:
    """The content of the file at `path`, which belongs to one of the users `whose`, or to any with None.

    Raises `kind.error`.
    """
    try:
        descriptor = os.open(path, OPEN)
    except OSError as error:
        raise kind.error(f"{kind.error.file} {path}: {error.strerror}") from error
    try:
        return read_open(path, descriptor, kind, whose)
    finally:
        os.close(descriptor)


def read_open(path: Path, descriptor: int, kind: Kind, whose: tuple[int, ...] | None) -> bytes:
    """As read(), of the file at `path` that was opened with the flags OPEN. At most a byte more than MAX_BYTES."""
    try:
        status = os.fstat(descriptor)
        mode = stat.S_IMODE(status.st_mode)
        if not stat.S_ISREG(status.st_mode):
            raise kind.error(f"{kind.error.file} {path}: not a regular file")
        if mode & kind.forbidden:
            raise kind.error(f"{kind.error.file} {path}: mode is {mode & 0o777:04o}, must be {kind.modes}")
        if whose is not None and status.st_uid not in whose:
            raise kind.error(f"{kind.error.file} {path}: belongs to user {status.st_uid}, must be ours or root's")
        with open(descriptor, "rb", closefd=False) as file:  # closefd=True would leave a folder open
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise kind.error(f"{kind.error.file} {path}: {error.strerror}") from error


def of_our_own() -> tuple[int, ...]:
    """The users whose files the service uses: root and its own."""
    return (0, os.geteuid())
