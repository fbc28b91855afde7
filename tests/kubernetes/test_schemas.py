"""The manifests in deploy/kubernetes, and those in docs/kubernetes.md, are objects of Kubernetes' API."""

from __future__ import annotations

import re

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import all_versions

from tests.support import manifests

OLDEST = re.search(r"for Kubernetes ([0-9.]+) or later", manifests.PAGE.read_text())[1]  # type: ignore[index]
VERSIONS = list(dict.fromkeys(each.rpartition(".")[0] for each in all_versions()))
SUPPORTED = VERSIONS[VERSIONS.index(OLDEST) :]


@pytest.mark.parametrize("version", SUPPORTED)
def test_object_is_of_the_api(version):
    """Of each version that the page supports: no field is unknown or of another type."""
    files = manifests.documents() + [
        ("docs/kubernetes.md", yaml.safe_load(block)) for block in manifests.blocks("yaml")
    ]
    for file, each in files:
        if each["kind"] == "ServiceMonitor":  # the Prometheus operator's
            continue
        assert kubernetes_validate.validate(each, version, strict=True) == version, file


def test_all_versions_were_asked():
    """The oldest is the page's, and there are newer ones."""
    assert SUPPORTED[0] == OLDEST
    assert len(SUPPORTED) > 5
