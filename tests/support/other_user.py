"""Runs the installed program as another user, who may read the environment it is installed in and nothing else of root's."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER, GROUP = 4711, 4712


def _closed(path: Path) -> Path | None:
    """The topmost folder on the way to `path` that others cannot enter."""
    return next((each for each in (*reversed(path.parents), path) if not each.stat().st_mode & 0o001), None)


def opened() -> list[str]:
    """The lines of a shell script that let every user into the environment this runs in, in a mount namespace of its own."""
    needed = {path for path in (Path(sys.prefix), Path(sys.base_prefix)) if _closed(path)}
    script = ["set -e", "d=$(mktemp -d)", 'mount -t tmpfs tmpfs "$d"']
    for number, path in enumerate(sorted(needed)):
        script.append(f'mkdir "$d/{number}"; mount --bind {shlex.quote(str(path))} "$d/{number}"')
    script += [
        f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(each)}"
        for each in sorted({str(_closed(path)) for path in needed})
    ]
    for number, path in enumerate(sorted(needed)):
        quoted = shlex.quote(str(path))
        script.append(f'mkdir -p {quoted}; mount --bind "$d/{number}" {quoted}')
    return script


def command(*program: str, groups: tuple[int, ...] = (GROUP,)) -> list[str]:
    """The command line for `program` as USER, in a mount namespace of its own, to be run by root."""
    script = opened()
    listed = f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"
    script.append(f'exec setpriv --reuid={USER} --regid={USER} {listed} -- "$@"')
    return ["unshare", "-m", "sh", "-c", "\n".join(script), "sh", *program]


def give(folder: Path, group: int = GROUP) -> None:
    """Makes USER and `group` the owners of a folder and of what is in it."""
    for path in (folder, *folder.iterdir()):
        os.chown(path, USER, group)


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder that every user can enter and write to."""
    made = Path(tempfile.mkdtemp(prefix="session-refresh-"))
    made.chmod(0o777)
    try:
        yield made
    finally:
        shutil.rmtree(made)


def is_root() -> bool:
    """Whether this process may become another user."""
    return os.geteuid() == 0
