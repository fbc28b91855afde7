"""A volume with the files of a Secret or ConfigMap, as the kubelet writes it: root's, behind links that it swaps."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path


class ProjectedVolume:
    """A file system in memory. `..data` leads to the folder with the files; of each there is a link in the volume.

    With fsGroup, the files are that group's, which may read them (kubelet, AtomicWriter and SetVolumeOwnership).
    """

    def __init__(self, files: Mapping[str, str], mode: int, group: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="session-refresh-volume-"))
        self._mode, self._group = mode | 0o440, group
        self._versions = count()
        subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", "mode=3777", "tmpfs", self.folder], check=True)
        os.chown(self.folder, 0, group)
        self.write(files)
        for name in files:
            (self.folder / name).symlink_to(f"..data/{name}")

    def write(self, files: Mapping[str, str]) -> None:
        """Exchanges all files at once."""
        data = self.folder / "..data"
        before = data.resolve() if data.exists() else None
        fresh = self.folder / f"..2026_11_27_00_00_00.{next(self._versions)}"
        fresh.mkdir()
        for name, text in files.items():
            (fresh / name).write_text(text)
            os.chown(fresh / name, 0, self._group)
            (fresh / name).chmod(self._mode)
        fresh.chmod(0o2755)
        (self.folder / "..data_tmp").symlink_to(fresh.name)
        (self.folder / "..data_tmp").replace(data)
        if before is not None:
            shutil.rmtree(before)

    def remove(self) -> None:
        """Unmounts it."""
        subprocess.run(["/usr/bin/umount", "--lazy", self.folder], check=True)
        self.folder.rmdir()
