"""Root opens a database file with the rights of its owner: what its owner may put there must lead root nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def as_owner(file: Path) -> Iterator[None]:
    """While the block runs, root has no more rights than the owner of `file`, or of its folder if there is no such file.

    SQLite works by names, and does what a journal beside the file tells it. Whoever may write to the folder may exchange
    the names for links, and write that journal. For other users nothing changes, nor for files of root's.
    """
    status = None
    if os.geteuid() == 0:
        for path in (file, file.parent):
            if os.path.lexists(path):
                status = os.lstat(path)
                break
    if status is None or status.st_uid == 0:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([status.st_gid])
    os.setegid(status.st_gid)
    os.seteuid(status.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
