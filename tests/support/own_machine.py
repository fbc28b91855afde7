"""A machine of a test's own: namespaces in which users, folders and ports are as a page says. Root can make them."""

from __future__ import annotations

import sys

from tests.support import other_user

OPT = "/opt"


def inside() -> list[str]:
    """The command that starts another one there.

    /etc is a copy, so that users can be added; /opt, /srv, /usr/local/sbin and /var/lib are empty, and no port is in use.
    In /opt/session-refresh and /opt/login is the environment this runs in: every user may read it.
    """
    script = other_user.opened()
    script += ['mkdir "$d/etc"', 'cp -a /etc/. "$d/etc"', 'mount --bind "$d/etc" /etc']
    script += [f"mount -t tmpfs -o mode=755 tmpfs {folder}" for folder in (OPT, "/srv", "/usr/local/sbin", "/var/lib")]
    script += [f"mkdir {OPT}/session-refresh {OPT}/login"]
    script += [f"ln -s {sys.prefix}/* {OPT}/{name}" for name in ("session-refresh", "login")]
    script += ["ip link set lo up", 'exec "$@"']
    return ["unshare", "--mount", "--net", "sh", "-c", "\n".join(script), "sh"]
