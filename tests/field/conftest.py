"""A cluster of one machine: PostgreSQL, Valkey and pods, with the names and Secrets that docs/kubernetes.md gives them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import manifests
from tests.support.cli_runner import CliRunner
from tests.support.pod import Pod
from tests.support.pod_network import PodNetwork
from tests.support.postgresql import PostgreSQL
from tests.support.program import PROGRAM, environment
from tests.support.valkey import Valkey


class Cluster:
    """What is in a namespace of a cluster: Secrets, ConfigMaps and pods."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.network = PodNetwork()
        stack.callback(self.network.remove)
        self.urls = dict(re.findall(r"--from-literal=([a-z-]+)='([^']+)'", self.command("session-refresh-urls")))
        at = {name: urlsplit(url) for name, url in self.urls.items()}
        self.hosts = "".join(f"{self.network.address} {url.hostname}\n" for url in at.values())
        self.database = at["database-url"]
        self.postgresql = PostgreSQL(self.network.address, self.database.port)
        stack.callback(self.postgresql.remove)
        own = f"host all postgres {self.network.address}/32 trust\n"
        (self.postgresql.folder / "data/pg_hba.conf").write_text(f"{own}host all all 10.244.0.0/16 scram-sha-256\n")
        self.postgresql.start()
        with self.postgresql.connect() as connection:
            for statement in manifests.blocks("sql")[0].splitlines():
                connection.execute(statement)
        self.valkey = Valkey(self.network.address, at["rate-limit-url"].port)
        self.valkey.start()
        stack.callback(self.valkey.remove)
        self.secrets: dict[str, dict[str, str]] = {"session-refresh-urls": self.urls}
        self.config_maps: dict[str, dict[str, str]] = {}
        for command in (self.command("mkdir"), self.command("keys add")):
            self.run(command)
        self.push_keys()
        self.login = CliRunner(folder, KEYS_FILE=str(self.keys_file))

    def command(self, words: str) -> str:
        """The first command of docs/kubernetes.md with these words."""
        return next(command for command in manifests.commands() if words in command)

    def run(self, command: str, folder: Path | None = None) -> str:
        """Runs a command of the page, in the operator's folder if no other is named; what it prints."""
        environ = environment() | {"PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder or self.folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def keys_file(self) -> Path:
        """The file that the page puts into the Secret of the keys."""
        command = self.command("secret generic session-refresh-keys")
        return self.folder / command.partition("--from-file=")[2]

    def push_keys(self, *pods: Pod) -> None:
        """Makes the Secret of the keys from the operator's file, and changes it in running pods as their kubelets do."""
        self.secrets["session-refresh-keys"] = {self.keys_file.name: self.keys_file.read_text()}
        for pod in pods:
            pod.volumes["keys"].write(self.secrets["session-refresh-keys"])

    def pod(self, kind: str = "Deployment", **changed: dict[str, str]) -> Pod:
        """A pod that is not started yet. `changed`: other content of a Secret, with _ for - in its name."""
        secrets = self.secrets | {name.replace("_", "-"): data for name, data in changed.items()}
        pod = Pod(kind, self.network, self.hosts, secrets, self.config_maps)
        self._stack.callback(pod.remove)
        return pod

    def exec(self, pod: Pod, words: str) -> subprocess.CompletedProcess[str]:
        """Runs what the page's first `kubectl exec` with these words runs in a pod."""
        _, _, inside = self.command(words).partition(" -- ")
        return pod.exec(*shlex.split(inside))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """PostgreSQL, Valkey and Secrets; no pod yet."""
    if os.geteuid() != 0 or shutil.which("ip", path="/usr/sbin:/sbin") is None:
        pytest.skip("needs root and iproute2, for namespaces")
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("operator"), stack)
