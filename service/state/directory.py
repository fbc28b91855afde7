"""The state directory: made for its owner alone, and closed again when something opened it."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

OURS = (".gitignore", "state.db", "state.db-*", "keys.json", ".keys.json*", "issuers.json")


class DirectoryError(Exception):
    """The directory cannot be used. The message is one line that names it."""


def make(directory: Path) -> None:
    """Makes `directory` for the owner alone, and those above it; one that is there is left as it is. Raises DirectoryError.

    It hides itself from git, because private keys will be in it and it may be in a work tree. It gets its name when that is
    done: whoever is killed in between leaves no directory that would be used without.
    """
    try:
        if directory.is_dir():
            return
        directory.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.TemporaryDirectory(
            prefix=".session-refresh-", dir=directory.parent, ignore_cleanup_errors=True
        )
        with beside as name:
            hidden = Path(name, ".gitignore")
            hidden.touch(0o600)
            hidden.write_text("*\n")
            try:
                os.rename(name, directory)
            except OSError:
                if not directory.is_dir():  # else another process was faster
                    raise
    except OSError as error:
        raise DirectoryError(f"{directory}: {error.strerror}") from error


def rehearse_making(directory: Path) -> None:
    """Tries to make something where the first directory is missing. Raises DirectoryError."""
    try:
        with suppress(FileNotFoundError):
            directory.lstat()  # its name may be too long
        os.rmdir(tempfile.mkdtemp(dir=next(each for each in directory.parents if os.path.lexists(each))))
    except OSError as error:
        raise DirectoryError(f"{directory}: {error.strerror}") from error


def _is_ours(file: Path) -> bool:
    """Whether the service makes files of that name, or looks for them here."""
    return any(file.match(pattern) for pattern in OURS)


def verify(directory: Path) -> list[Path]:
    """The directory and the files in it that are open to others, and may be closed.

    Kubernetes opens a volume for the pod's group at each mount: directory 2770, and each file in it g+rw. The volume's
    root may then belong to root; that is left as it is, if none but the group may write to it. Files are closed if they are
    our own and the directory was open: a key file that others can read in a closed one was opened by a person.

    Raises DirectoryError if it is not a directory, is somebody else's who lets others in, or holds files of others.
    """
    try:
        status = directory.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise DirectoryError(f"{directory}: not a directory")
        if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
            raise DirectoryError(f"{directory}: not ours to write")
        if not status.st_mode & 0o077:
            return []
        ours = status.st_uid == os.geteuid() and all(map(_is_ours, directory.iterdir()))
        of_root = status.st_uid == 0 != os.geteuid() and not status.st_mode & 0o002
        if not ours and not of_root:
            raise DirectoryError(f"{directory}: mode is {stat.S_IMODE(status.st_mode):04o}, must be 0700")
        return [path for path in (directory, *sorted(filter(_is_ours, directory.iterdir()))) if _is_closable(path)]
    except OSError as error:
        raise DirectoryError(f"{directory}: {error.strerror}") from error


def close(directory: Path) -> list[Path]:
    """Closes what verify() returns, and returns it. Raises DirectoryError."""
    opened = verify(directory)
    try:
        for path in opened:
            path.chmod(0o700 if path.is_dir() else 0o600)
    except OSError as error:
        raise DirectoryError(f"{directory}: {error.strerror}") from error
    return opened


def _is_closable(path: Path) -> bool:
    """Whether `path` is our user's, no link, and open: a directory to anybody, a file to its group alone."""
    status = path.lstat()
    open_to = 0o077 if stat.S_ISDIR(status.st_mode) else 0o070
    is_other = not stat.S_ISDIR(status.st_mode) and (not stat.S_ISREG(status.st_mode) or bool(status.st_mode & 0o007))
    return status.st_uid == os.geteuid() and bool(status.st_mode & open_to) and not is_other
