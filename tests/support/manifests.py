"""The manifests in deploy/kubernetes, and what the API server and the kubelet make of them: references, environments."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
PAGE = ROOT / "docs" / "kubernetes.md"

Object = dict[str, Any]


def documents() -> list[tuple[str, Object]]:
    """Every object in the folder, with the name of its file."""
    return [
        (str(file.relative_to(FOLDER)), each)
        for file in sorted(FOLDER.rglob("*.yaml"))
        for each in yaml.safe_load_all(file.read_text())
    ]


def find(kind: str, name: str = "session-refresh") -> Object:
    """The object of that kind whose name begins so."""
    found = [each for _, each in documents() if each["kind"] == kind and each["metadata"]["name"].startswith(name)]
    return min(found, key=lambda each: len(each["metadata"]["name"]))


def pod_of(kind: str) -> Object:
    """The pod that a Deployment or a Job makes."""
    return find(kind)["spec"]["template"]  # type: ignore[no-any-return]


def container_of(pod: Object) -> Object:
    """Its only container."""
    (container,) = pod["spec"]["containers"]
    return container  # type: ignore[no-any-return]


def matches(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a selector by labels selects an object with these."""
    assert set(selector) <= {"matchLabels"}, selector
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def port(container: Object, wanted: str | int) -> int:
    """A port of the container, by its name or number, as probes and Services name it."""
    (found,) = [each for each in container["ports"] if wanted in (each["name"], each["containerPort"])]
    return int(found["containerPort"])


def image() -> tuple[list[str], dict[str, str]]:
    """The entry point and the environment of the image that deploy/Containerfile builds."""
    lines = (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    (entry,) = [line.removeprefix("ENTRYPOINT ") for line in lines if line.startswith("ENTRYPOINT ")]
    variables = [each for line in lines if line.startswith("ENV ") for each in shlex.split(line)[1:]]
    return json.loads(entry), dict(variable.split("=", 1) for variable in variables)


def environment(container: Object, secrets: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the kubelet sets for the container. A Secret or ConfigMap that is missing keeps it from starting: KeyError."""
    maps = {each["metadata"]["name"]: each["data"] for _, each in documents() if each["kind"] == "ConfigMap"}
    environ = image()[1] | {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOSTNAME": "session-refresh-5d8f7c9b6-x2x7z"}
    for source in container.get("envFrom", []):
        environ |= maps[source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        if "value" in variable:
            environ[variable["name"]] = variable["value"]
        else:
            reference = variable["valueFrom"]["secretKeyRef"]
            environ[variable["name"]] = secrets[reference["name"]][reference["key"]]
    return environ


def service_links() -> dict[str, str]:
    """What Kubernetes sets for the Services of the folder, in pods without `enableServiceLinks: false`."""
    made: dict[str, str] = {}
    for number, each in enumerate(each for _, each in documents() if each["kind"] == "Service"):
        name, address = each["metadata"]["name"].upper().replace("-", "_"), f"10.96.0.{9 + number}"
        (offered,) = each["spec"]["ports"]
        url = f"tcp://{address}:{offered['port']}"
        one = f"{name}_PORT_{offered['port']}_TCP"
        made |= {
            f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": str(offered["port"]),
            f"{name}_SERVICE_PORT_{offered['name'].upper()}": str(offered["port"]), f"{name}_PORT": url, one: url,
            f"{one}_PROTO": "tcp", f"{one}_PORT": str(offered["port"]), f"{one}_ADDR": address,
        }  # fmt: skip
    return made


def number_of(quantity: str) -> int:
    """A quantity of bytes, as in 512Mi."""
    number, unit = re.fullmatch(r"([0-9]+)(Ki|Mi|Gi)", quantity).groups()  # type: ignore[union-attr]
    return int(number) << 10 * (1 + ["Ki", "Mi", "Gi"].index(unit))


def commands() -> Iterator[str]:
    """Each line of docs/kubernetes.md that is a command, whole if it goes on in the next line."""
    for block in blocks("sh"):
        for line in block.replace("\\\n", "").splitlines():
            yield re.sub(r"\s+#.*", "", line.strip())


def blocks(language: str) -> list[str]:
    """The text of each block of code in docs/kubernetes.md in that language."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]
