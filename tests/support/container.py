"""A container as a runtime makes it, of the installed program: a root of its own, read-only, a user without rights.

Its process is number 1 in a namespace of processes, in the network namespace of its pod, under a limit of memory.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.processes import children
from tests.support.waiting import wait_for

DEVICES = ("null", "zero", "full", "random", "urandom")
# From Debian's image, with the user that the Containerfile adds.
PASSWD = "root:x:0:0:root:/root:/bin/bash\nsession-refresh:x:10001:999::/home/session-refresh:/bin/sh\n"


class Container:
    """`/app`, as in the image, is the environment that the tests run in; /usr and Python are this machine's."""

    def __init__(
        self, namespace: str, security: Mapping[str, object], memory: int, mounts: Mapping[str, Path], hosts: str
    ) -> None:
        """`security`: the security contexts of pod and container together. `mounts`: from path to folder, read-only."""
        self._folder = Path(tempfile.mkdtemp(prefix="session-refresh-container-"))
        self._folder.chmod(0o755)
        self._namespace = namespace
        self._group = memory_group(memory)
        self._process: subprocess.Popen[bytes] | None = None
        self._root = self._folder / "root"
        self.log = self._folder / "log"
        self.log.touch()
        self._binds: dict[str, Path] = {"/usr": Path("/usr"), "/app": Path(sys.prefix)}
        self._binds |= {path: Path(path) for path in (sys.prefix, sys.base_prefix)}
        self._binds |= {f"/dev/{name}": Path("/dev") / name for name in DEVICES}
        self._binds |= mounts
        self._make_root(hosts)
        self._as = [
            "/usr/bin/setpriv", f"--reuid={security['runAsUser']}", f"--regid={security['runAsGroup']}",
            f"--groups={security['fsGroup']}" if "fsGroup" in security else "--clear-groups",
            "--inh-caps=-all", "--ambient-caps=-all",
            *(["--bounding-set=-all"] if security["capabilities"] == {"drop": ["ALL"]} else []),
            *(["--no-new-privs"] if security["allowPrivilegeEscalation"] is False else []),
            "--",
        ]  # fmt: skip
        self._read_only = security["readOnlyRootFilesystem"]

    def _make_root(self, hosts: str) -> None:
        for path in ("etc", "tmp", "proc", "var/lib/session-refresh"):
            (self._root / path).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            (self._root / name).symlink_to(f"usr/{name}")
        for path in self._binds:
            if not path.startswith("/usr/"):
                place = self._root / path.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch() if path.startswith("/dev/") else place.mkdir(exist_ok=True)
        os.chown(self._root / "var/lib/session-refresh", 10001, 10001)
        (self._root / "etc/passwd").write_text(PASSWD)
        (self._root / "etc/hosts").write_text(hosts)
        (self._root / "etc/nsswitch.conf").write_text("passwd: files\nhosts: files\n")

    def _script(self, command: Sequence[str]) -> str:
        root = shlex.quote(str(self._root))
        lines = ["set -e", "mount --make-rprivate /", f"mount --bind {root} {root}"]
        places = [path for path in self._binds if not path.startswith("/usr/")]
        lines += [f"mount --bind {shlex.quote(str(self._binds[path]))} {root}{path}" for path in places]
        lines.append(f"mount -t proc proc {root}/proc")
        lines += [f"mount -o remount,bind,ro {root}{path}" for path in places if not path.startswith("/dev/")]
        lines += [f"mount -o remount,bind,ro {root}"] if self._read_only else []
        return "\n".join([*lines, f"exec /usr/sbin/chroot {root} {shlex.join([*self._as, *command])}"])

    def _limited(self, *command: str) -> list[str]:
        """The command, under the limit of memory."""
        enter = f"echo $$ > {self._group}/cgroup.procs; " if self._group else ""
        return ["/bin/sh", "-c", f"{enter}exec {shlex.join(command)}"]

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Starts its process."""
        unshare = ["/usr/bin/unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--", "/bin/sh", "-c"]
        within = self._limited("/usr/sbin/ip", "netns", "exec", self._namespace, *unshare, self._script(command))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                within, env=environ, cwd="/", stdout=log, stderr=log, start_new_session=True
            )

    def execute(
        self, command: Sequence[str], environ: Mapping[str, str], seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """As `kubectl exec`: runs another command in it, to its end."""
        inside = ["/usr/bin/nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--root", "--wd=/", "--"]
        within = self._limited(*inside, *self._as, *command)
        return subprocess.run(within, env=environ, capture_output=True, text=True, timeout=seconds, check=False)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the container was not started"
        return self._process

    @property
    def pid(self) -> int:
        """The process that is number 1 in it."""
        (pid,) = wait_for(lambda: children(self._running.pid), "the container's process")
        return int(pid)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._running.poll() is None

    def signal(self, number: int) -> None:
        """Sends a signal to its process."""
        os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """Its exit status, once it has ended."""
        return self._running.wait(seconds)

    def kill(self) -> None:
        """Kills it, if it runs."""
        if self._process is not None and self.runs:
            for pid in children(self._process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait(10)
        if self._group:
            self._group.rmdir()
        shutil.rmtree(self._folder)


def memory_group(limit: int) -> Path | None:
    """A control group (cgroups(7)) whose processes may have so much memory; None where none can be made."""
    first, second = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    parent, file = (first, "memory.limit_in_bytes") if first.exists() else (second, "memory.max")
    group = parent / f"session-refresh-{secrets.token_hex(4)}"
    try:
        group.mkdir()
        (group / file).write_text(str(limit))
    except OSError:
        with suppress(OSError):
            group.rmdir()
        return None
    return group
