"""The fuzz suite finds each of the faults that are put into the service."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz.gate import PASSES, ROOT, run, settings_of
from tests.fuzz.mutants import MUTANTS
from tests.support.service import Service

CASES = 60
# Behind all else, so that the program is the installed one.
MUTATE = f"import sys; sys.path.append({str(ROOT)!r}); from tests.fuzz import mutants; mutants.main()"


@pytest.mark.parametrize("name", MUTANTS)
def test_gate_finds_the_fault(name, tmp_path):
    """A service with one fault fails in the pass that the mutant names, by the check that is meant to find it."""
    mutant = MUTANTS[name]
    service = Service(tmp_path, **settings_of(mutant.found_in))
    service.command = [sys.executable, "-P", "-c", MUTATE, name]
    service.start()
    try:
        presented = PASSES[mutant.found_in].prepare(service)
        verdict = run(service, mutant.found_in, presented, 1, CASES)
    finally:
        service.stop()
    assert any(mutant.found_by in finding for finding in verdict.findings), f"{verdict.findings}: {verdict.output}"
