"""Who may do what with a file: its owner, group, mode and access control list."""

from __future__ import annotations

import errno
import os
import stat
from typing import NamedTuple

ACCESS_CONTROL_LIST = "system.posix_acl_access"  # the extended attribute that holds it (acl(5), xattr(7))


class Rights(NamedTuple):
    """The rights on a file. `entries` is its access control list as the kernel stores it; None: it has none."""

    user: int
    group: int
    mode: int
    entries: bytes | None = None

    @classmethod
    def of(cls, descriptor: int) -> Rights:
        """Those on an open file. Raises OSError."""
        status = os.fstat(descriptor)
        return cls(status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode), _entries(descriptor))

    def give(self, descriptor: int) -> None:
        """Gives them to an open file. Raises OSError."""
        os.fchown(descriptor, self.user, self.group)
        if self.entries is not None:
            os.setxattr(descriptor, ACCESS_CONTROL_LIST, self.entries)
        os.fchmod(descriptor, self.mode)


def _entries(descriptor: int) -> bytes | None:
    try:
        return os.getxattr(descriptor, ACCESS_CONTROL_LIST)
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP):
            return None
        raise
