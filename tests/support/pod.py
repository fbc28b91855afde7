"""A pod of the Deployment or the Job in deploy/kubernetes, started as it is written there."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import manifests
from tests.support.client import Client
from tests.support.container import Container
from tests.support.pod_network import PodNetwork
from tests.support.projected import ProjectedVolume
from tests.support.replies import read_reply
from tests.support.service_log import ServiceLog
from tests.support.waiting import wait_for

Files = Mapping[str, str]


class Listener(Client):
    """A client of one port of a pod, at the pod's own address."""

    def __init__(self, address: str, port: int) -> None:
        self.address, self.port = address, port
        self.secrets = set()

    def connect(self, seconds: float = 10.0) -> socket.socket:
        return socket.create_connection((self.address, self.port), timeout=seconds)


class Pod(Listener):
    """A pod of an object of that `kind`, and a client of its public port if it has one.

    `secrets` and `config_maps` are those that the documentation has one make. `hosts` is what /etc/hosts has of others.
    """

    def __init__(
        self, kind: str, network: PodNetwork, hosts: str, secrets: Mapping[str, Files], config_maps: Mapping[str, Files]
    ) -> None:
        self._spec = manifests.pod_of(kind)["spec"]
        self._of = manifests.container_of(manifests.pod_of(kind))
        security = self._spec["securityContext"] | self._of["securityContext"]
        self.volumes: dict[str, ProjectedVolume] = {}
        for volume in self._spec.get("volumes", []):
            if "secret" in volume:
                files, mode = secrets[volume["secret"]["secretName"]], volume["secret"]["defaultMode"]
            else:
                source = volume["configMap"]
                files = config_maps.get(source["name"], {}) if source["optional"] else config_maps[source["name"]]
                mode = 0o644
            self.volumes[volume["name"]] = ProjectedVolume(files, mode, security["fsGroup"])
        mounts = {each["mountPath"]: self.volumes[each["name"]].folder for each in self._of.get("volumeMounts", [])}
        memory = manifests.number_of(self._of["resources"]["limits"]["memory"])
        namespace, address = network.join()
        super().__init__(address, manifests.port(self._of, "http") if "ports" in self._of else 0)
        self._environ = manifests.environment(self._of, secrets) | manifests.service_links()
        self.container = Container(namespace, security, memory, mounts, f"127.0.0.1 localhost\n{hosts}")
        self.log = ServiceLog(self.container.log)
        self._command = [*manifests.image()[0], *self._of["args"]]

    def start(self) -> Pod:
        """Starts its container."""
        self.container.start(self._command, self._environ)
        return self

    @property
    def internal(self) -> Listener:
        """A client of its internal listener."""
        return Listener(self.address, manifests.port(self._of, "internal"))

    def succeeds(self, probe: str) -> bool:
        """Whether a probe succeeds now, as the kubelet asks: a status from 200 to 399, in time."""
        written = self._of[probe]
        asked: dict[str, Any] = written["httpGet"]
        port, seconds = manifests.port(self._of, asked["port"]), written["timeoutSeconds"]
        head = f"GET {asked['path']} HTTP/1.1\r\nHost: {self.address}:{port}\r\nUser-Agent: kube-probe/1.32\r\n"
        try:
            with socket.create_connection((self.address, port), timeout=seconds) as connection:
                connection.sendall(f"{head}Accept: */*\r\nConnection: close\r\n\r\n".encode())
                return 200 <= read_reply(connection).status < 400
        except OSError:
            return False

    def wait_until(self, probe: str) -> None:
        """Returns once the probe succeeds. Fails if it does not for as long as the kubelet gives it."""
        seconds = self._of[probe]["periodSeconds"] * self._of[probe]["failureThreshold"]

        def succeeds() -> bool:
            assert self.container.runs, self.log.text()
            return self.succeeds(probe)

        wait_for(succeeds, f"the {probe} to succeed", max(seconds, 30))

    def ready(self) -> Pod:
        """Starts it; returns once it is ready."""
        self.start()
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.wait_until(probe)
        return self

    def exec(self, *command: str) -> subprocess.CompletedProcess[str]:
        """`kubectl exec`: runs a command in the container, with its environment."""
        return self.container.execute(command, self._environ)

    def terminate(self) -> int:
        """Stops it as the kubelet does after the preStop hook; the exit status. Fails if it had to be killed."""
        self.container.signal(signal.SIGTERM)
        return self.ended(self._spec["terminationGracePeriodSeconds"] - pause(self._of))

    def ended(self, seconds: float = 60) -> int:
        """Its exit status, once it has ended."""
        return self.container.wait(seconds)

    def memory(self) -> int:
        """The most memory that its process had, in bytes."""
        status = Path(f"/proc/{self.container.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def remove(self) -> None:
        """Ends it, and removes its volumes."""
        self.container.kill()
        for volume in self.volumes.values():
            volume.remove()


def pause(container: manifests.Object) -> int:
    """How long the preStop hook sleeps."""
    return int(container["lifecycle"]["preStop"]["sleep"]["seconds"])
