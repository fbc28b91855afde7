"""The installed service does what its document says, for all requests that Schemathesis generates."""

from __future__ import annotations

import os
import secrets
import zlib

import pytest

from tests.fuzz.gate import PASSES, run, settings_of
from tests.support.service import Service

# The same in all processes of one run, which must agree on the tests' names.
RANDOM = zlib.crc32(os.environ.get("PYTEST_XDIST_TESTRUNUID", secrets.token_hex()).encode())
SEEDS = (1, 20260201, 4294967295, RANDOM)
CASES = {"good cookies": 1100, "bad credentials": 400}
OTHER_CASES = 120


@pytest.fixture(scope="module", params=PASSES)
def prepared(request, tmp_path_factory):
    """A pass, its service, and the credentials that its requests present."""
    name = request.param
    service = Service(tmp_path_factory.mktemp("service"), **settings_of(name)).start()
    yield name, service, PASSES[name].prepare(service)
    assert service.stop() == 0


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"random seed {seed}" if seed == RANDOM else f"seed {seed}")
def test_service_does_what_its_document_says(prepared, seed):
    """No check fails and nothing is warned of, in any pass, with any seed."""
    name, service, presented = prepared
    verdict = run(service, name, presented, seed, CASES.get(name, OTHER_CASES))
    assert not verdict.findings, verdict.output
    assert verdict.cases >= (1000 if name == "good cookies" else 100)
