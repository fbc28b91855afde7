"""deploy/kubernetes: what refers to what, and that names, ports, paths, settings and times are those of the service."""

from __future__ import annotations

import re
import subprocess
import tomllib
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
import yaml

from service.cli.state import STORE_SECONDS
from service.operations import endpoints
from service.runtime import settings
from service.runtime.assembly import FIRST_READ_SECONDS
from service.runtime.server import GRACE_SECONDS
from service.state.key_file import PUBLIC_MAX_AGE
from tests.support import manifests
from tests.support.manifests import container_of, find, matches, pod_of, port
from tests.support.pod import pause

POD = pod_of("Deployment")
CONTAINER = container_of(POD)
PODS = pytest.mark.parametrize("kind", ["Deployment", "Job"])
URLS = dict(re.findall(r"--from-literal=([a-z-]+)='([^']+)'", "\n".join(manifests.commands())))
MADE = {"session-refresh-urls": URLS, "session-refresh-keys": {"keys.json": ""}}  # as the page has one make them
VERSION = tomllib.loads((manifests.ROOT / "pyproject.toml").read_text())["project"]["version"]


def objects(*kinds):
    return [each for _, each in manifests.documents() if each["kind"] in kinds]


def test_labels_are_those_that_kubernetes_recommends():
    """Every object says what it belongs to; what depends on the version says which, and runs the image of it."""
    for file, each in manifests.documents():
        assert each["metadata"]["labels"]["app.kubernetes.io/name"] == "session-refresh", file
        assert "namespace" not in each["metadata"], file  # it is the user's
    for kind in ("Deployment", "Job"):
        for labels in (find(kind)["metadata"]["labels"], pod_of(kind)["metadata"]["labels"]):
            assert labels["app.kubernetes.io/version"] == VERSION
        assert container_of(pod_of(kind))["image"].endswith(f"/session-refresh:{VERSION}")
    assert find("Job")["metadata"]["name"] == f"session-refresh-migrate-{VERSION}"
    assert f"job/session-refresh-migrate-{VERSION}" in manifests.PAGE.read_text()


def test_selectors_select_the_pods_of_the_service_and_no_others():
    """The Job's pods get no requests, and do not count as pods of the service. The NetworkPolicy is for both."""
    selectors = [find("Deployment")["spec"]["selector"], find("PodDisruptionBudget")["spec"]["selector"]]
    selectors += [{"matchLabels": each["spec"]["selector"]} for each in objects("Service")]
    selectors += [each["labelSelector"] for each in POD["spec"]["topologySpreadConstraints"]]
    pods = [pod_of(kind)["metadata"]["labels"] for kind in ("Deployment", "Job")]
    assert {tuple(matches(selector, pod) for pod in pods) for selector in selectors} == {(True, False)}
    assert [matches(find("NetworkPolicy")["spec"]["podSelector"], pod) for pod in pods] == [True, True]


def test_ports_agree():
    """What the program is told to listen on is what the container, the Services, the policy and Prometheus name."""
    args = dict(zip(CONTAINER["args"][1::2], CONTAINER["args"][2::2], strict=True))
    listens = {"http": int(args["--port"]), "internal": int(args["--internal"].rpartition(":")[2])}
    assert {each["name"]: each["containerPort"] for each in CONTAINER["ports"]} == listens
    assert args["--workers"] == "1"
    offered = {each["metadata"]["name"]: each["spec"]["ports"] for each in objects("Service")}
    (public,), (internal,) = offered["session-refresh"], offered["session-refresh-internal"]
    assert [port(CONTAINER, each["targetPort"]) for each in (public, internal)] == [*listens.values()]
    rules = find("NetworkPolicy")["spec"]["ingress"]
    assert [[each["port"] for each in rule["ports"]] for rule in rules] == [[number] for number in listens.values()]
    (endpoint,) = find("ServiceMonitor")["spec"]["endpoints"]
    selector = find("ServiceMonitor")["spec"]["selector"]
    (scraped,) = [each for each in objects("Service") if matches(selector, each["metadata"]["labels"])]
    assert endpoint["port"] in [each["name"] for each in scraped["spec"]["ports"]]
    assert scraped["metadata"]["name"] == "session-refresh-internal"


def test_policy_lets_out_to_names_database_and_limits_alone():
    """Each port is that of the page's URLs, or of DNS; no rule is without a destination."""
    rules = find("NetworkPolicy")["spec"]["egress"]
    reached = [each["port"] for rule in rules for each in rule["ports"]]
    assert reached == [53, 53, *(urlsplit(url).port for url in URLS.values())]
    assert all(rule.get("to") for rule in rules)
    assert all(rule.get("from") for rule in find("NetworkPolicy")["spec"]["ingress"])
    assert find("NetworkPolicy")["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_environment_is_settings_of_the_service():
    """With what Kubernetes adds for the two Services. The database is the shared one; the pods' network is trusted alone."""
    environ = manifests.environment(CONTAINER, MADE)
    read = settings.read(environ | manifests.service_links())
    assert (read.database_url, read.rate_limit_url) == (URLS["database-url"], URLS["rate-limit-url"])
    assert read.metrics
    mounts = [each["mountPath"] for each in CONTAINER["volumeMounts"]]
    assert [str(file.parent) for file in (read.keys_file, read.issuers_file)] == mounts
    assert [ip_network(each).is_private for each in read.forwarded_allow_ips] == [True]
    assert set(MADE["session-refresh-keys"]) == {read.keys_file.name}
    job = settings.read(manifests.environment(container_of(pod_of("Job")), MADE))
    assert job.database_url == read.database_url


@PODS
def test_what_is_named_is_there_or_the_page_has_one_make_it(kind):
    """Secrets and ConfigMaps, by name and key. Only who is trusted may be missing; the account is in the folder."""
    spec, page = pod_of(kind)["spec"], "\n".join(manifests.commands())
    account = find("ServiceAccount")
    assert spec["serviceAccountName"] == account["metadata"]["name"]
    for variable in container_of(pod_of(kind))["env"]:
        if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
            assert f"secret generic {reference['name']} " in page
            assert f"--from-literal={reference['key']}=" in page
            assert "optional" not in reference
    for volume in spec.get("volumes", []):
        if secret := volume.get("secret"):
            assert f"secret generic {secret['secretName']} --from-file=keys/keys.json" in page
            assert "optional" not in secret
        else:
            assert volume["configMap"]["optional"]
            assert f"configmap {volume['configMap']['name']} --from-file=issuers.json" in page
    mounted = [each["name"] for each in container_of(pod_of(kind)).get("volumeMounts", [])]
    assert mounted == [each["name"] for each in spec.get("volumes", [])]
    assert not [each for each in container_of(pod_of(kind)).get("volumeMounts", []) if "subPath" in each]


def test_probes_ask_for_what_is_there():
    """Only readiness depends on the database: a restart would not bring it back, and forgets what was revoked."""
    paths = {name: CONTAINER[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    scraped = find("ServiceMonitor")["spec"]["endpoints"][0]["path"]
    there = endpoints.monitoring(None, dict, object())  # type: ignore[arg-type]
    assert {*paths.values(), scraped} <= set(there)


def test_times_are_long_enough():
    """A start beside a database that hangs, and a stop with requests in flight, are over before the kubelet kills."""
    startup = CONTAINER["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] > 2 * (STORE_SECONDS + FIRST_READ_SECONDS)
    assert POD["spec"]["terminationGracePeriodSeconds"] >= pause(CONTAINER) + GRACE_SECONDS + 10
    assert f"Wait {PUBLIC_MAX_AGE // 60} more minutes" in manifests.PAGE.read_text()


@PODS
def test_pod_is_restricted(kind):
    """As the Pod Security Standards' profile "restricted" asks, by the image's own user, with a root that is read-only."""
    spec, container = pod_of(kind)["spec"], container_of(pod_of(kind))
    user = re.search(r"^USER ([0-9]+)$", (manifests.ROOT / "deploy/Containerfile").read_text(), re.MULTILINE)
    assert user is not None
    assert spec["securityContext"] == {
        "runAsNonRoot": True, "runAsUser": int(user[1]), "runAsGroup": int(user[1]),
        "seccompProfile": {"type": "RuntimeDefault"}, **({"fsGroup": int(user[1])} if "volumes" in spec else {}),
    }  # fmt: skip
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip
    assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec)
    assert not {"hostPort"} & {name for each in container.get("ports", []) for name in each}
    assert "memory" in container["resources"]["limits"]


def test_update_and_drain_leave_a_pod():
    """An update takes no pod away before its successor is ready. A drain may take an unready one."""
    deployment, budget = find("Deployment")["spec"], find("PodDisruptionBudget")["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert budget["maxUnavailable"] < deployment["replicas"]
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_ingress_of_the_page_leads_to_the_public_service_alone():
    """By the name of its port, and to the contract and the public keys only."""
    (block,) = manifests.blocks("yaml")
    (rule,) = yaml.safe_load(block)["spec"]["rules"]
    (offered,) = find("Service")["spec"]["ports"]
    for path in rule["http"]["paths"]:
        assert path["backend"]["service"] == {"name": "session-refresh", "port": {"name": offered["name"]}}
    assert [path["path"] for path in rule["http"]["paths"]] == ["/api/v1/auth", "/.well-known/jwks.json"]


def test_alerts_are_put_in_as_they_are():
    """What the page pipes to kubectl is one object of the Prometheus operator, with all rules of the file."""
    (command,) = [each for each in manifests.commands() if "PrometheusRule" in each]
    made, _, to = command.rpartition(" | ")
    assert to == "kubectl apply --filename -"
    shown = subprocess.run(["sh", "-c", made], cwd=manifests.ROOT, capture_output=True, text=True, check=True)
    rules = yaml.safe_load((manifests.ROOT / "deploy/monitoring/session-refresh.rules.yaml").read_text())
    assert yaml.safe_load(shown.stdout) == {
        "apiVersion": find("ServiceMonitor")["apiVersion"],
        "kind": "PrometheusRule",
        "metadata": {"name": "session-refresh", "labels": {"release": find("ServiceMonitor")["metadata"]["labels"]["release"]}},
        "spec": rules,
    }  # fmt: skip


def test_limit_of_memory_is_that_of_the_page():
    """Who has more revocations than the page says must know what to raise."""
    limit = manifests.number_of(CONTAINER["resources"]["limits"]["memory"])
    assert f"The limit of {limit >> 20} MiB is enough" in " ".join(manifests.PAGE.read_text().split())
