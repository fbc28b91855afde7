"""A network of pods on this machine: a bridge, and a network namespace for each pod. Needs root and iproute2."""

from __future__ import annotations

import subprocess
from itertools import count
from pathlib import Path


def ip(*words: str) -> None:
    """Runs ip(8)."""
    subprocess.run(["/usr/sbin/ip", *words], check=True, capture_output=True)


def _makes_bridge(name: str) -> bool:
    """Makes a bridge; False if there is one of that name, of tests that run at the same time."""
    try:
        ip("link", "add", name, "type", "bridge")
    except subprocess.CalledProcessError:
        if not Path("/sys/class/net", name).exists():
            raise
        return False
    return True


class PodNetwork:
    """Pods have addresses in 10.244.n.0/24, the network that the ConfigMap trusts; this machine has .1 in it."""

    def __init__(self) -> None:
        number = next(number for number in range(1, 255) if _makes_bridge(f"pods{number}"))
        self.name, self._prefix = f"pods{number}", f"10.244.{number}"
        self._hosts = count(10)
        self._namespaces: list[str] = []
        self.address = f"{self._prefix}.1"
        ip("address", "add", f"{self.address}/24", "dev", self.name)
        ip("link", "set", self.name, "up")

    def join(self) -> tuple[str, str]:
        """A new namespace, and its address."""
        number = next(self._hosts)
        namespace, address, link = f"{self.name}-{number}", f"{self._prefix}.{number}", f"{self.name}p{number}"
        ip("netns", "add", namespace)
        self._namespaces.append(namespace)
        ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        ip("link", "set", link, "master", self.name, "up")
        for words in (["address", "add", f"{address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            ip("-n", namespace, *words)
        ip("-n", namespace, "link", "set", "lo", "up")
        return namespace, address

    def remove(self) -> None:
        """Removes all of it."""
        for namespace in self._namespaces:
            ip("netns", "delete", namespace)
        ip("link", "delete", self.name)
