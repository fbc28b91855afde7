"""Runs Schemathesis against a running service, in passes that differ in what requests present and what they get."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz import presented
from tests.fuzz import presented_of_devices as devices
from tests.fuzz.presented import ORIGIN, Presented
from tests.support.identity_provider import PATHS
from tests.support.service import Service

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "schemathesis.toml"
DEVICE_DOCUMENT = ROOT / "service/operations/device.yaml"  # which no listener serves
SCHEMATHESIS = str(Path(sys.executable).with_name("schemathesis"))
UNLIMITED = {"RATE_LIMIT": "1000000000/minute", "FAILURE_RATE_LIMIT": "1000000000/minute"}


@dataclass(frozen=True)
class Pass:
    """What requests present, and the status they get: `answer` if they follow the document, else that or a refusal.

    At the endpoints for identity providers, what is presented is the statement of each path.
    """

    prepare: Callable[[Service], Presented]
    answer: int | tuple[int, ...]
    refusals: tuple[int, ...]
    warning: str | None = None  # what Schemathesis says of a run that is refused on purpose
    settings: dict[str, str] = field(default_factory=dict)
    internal: tuple[str, ...] = ()  # the paths of the internal listener, by its own document; without, the public one
    document: Path | None = None  # in the place of the one that the listener serves


BODY = (400, 413, 415, 422)
VERIFY = ("/verify",)
OFFER = {"DEVICE_BINDING": "offer"}
# Limits that refuse the second request, wherever there are any.
DEVICE = OFFER | {"RATE_LIMIT": "1/day", "FAILURE_RATE_LIMIT": "1/day"}
NO_RENEWAL = (400, 401, 403, 413)
STORE_AWAY = {"REVOCATION_POLL": "0.2", "MAX_STALENESS": "0.4"}
PASSES = {
    "good cookies": Pass(presented.good, 200, (401, *BODY)),
    "bad credentials": Pass(presented.bad, 401, (413,), "missing_auth"),
    "session limit reached": Pass(presented.used_up, 429, (401, 413), "rate_limited", {"RATE_LIMIT": "1/day"}),
    "address limit reached": Pass(
        presented.refused_before, 429, (413,), "rate_limited", {"FAILURE_RATE_LIMIT": "1/day"}
    ),
    "store away": Pass(presented.store_away, 503, (401, 413), None, STORE_AWAY),
    "page of another origin": Pass(presented.foreign_page, 403, (401, 413), "missing_auth"),
    "good cookies, sessions are bound": Pass(devices.good_beside_bound, 200, (401, *BODY), None, OFFER),
    "internal, good cookies": Pass(devices.verified, 200, (400, 401, 413, 503), None, OFFER, internal=VERIFY),
    "internal, bad credentials": Pass(
        devices.not_verified, 401, (400, 413, 503), "missing_auth", OFFER, internal=VERIFY
    ),
    "internal, store away": Pass(presented.store_away, 503, (400, 401, 413), None, STORE_AWAY, internal=VERIFY),
    "endpoints, nobody's statements": Pass(presented.unsigned, 400, BODY, "validation_mismatch", internal=PATHS),
    "endpoints, good statements": Pass(presented.signed, (200, 202), BODY, internal=PATHS),
    "endpoints, store away": Pass(presented.signed_store_away, 503, BODY, None, STORE_AWAY, internal=PATHS),
    "device, proofs": Pass(devices.proofs, 200, NO_RENEWAL, None, DEVICE, document=DEVICE_DOCUMENT),
    "device, no proofs": Pass(devices.no_proofs, 401, NO_RENEWAL, "missing_auth", DEVICE, document=DEVICE_DOCUMENT),
    "device, not signed yet": Pass(
        devices.not_signed_yet, 403, NO_RENEWAL, "missing_auth", DEVICE, document=DEVICE_DOCUMENT
    ),
    "device, store away": Pass(
        devices.proofs_store_away, 503, NO_RENEWAL, None, DEVICE | STORE_AWAY, document=DEVICE_DOCUMENT
    ),
}


def settings_of(name: str) -> dict[str, str]:
    """The settings of a service that a pass is run at."""
    common = {"ALLOWED_ORIGINS": ORIGIN, "LOG_FORMAT": "json", "LOG_LEVEL": "error", "INTERNAL": "127.0.0.1:0"}
    return {**UNLIMITED, **common, **PASSES[name].settings}


@dataclass(frozen=True)
class Verdict:
    """What Schemathesis found, its output, and how many requests it judged."""

    findings: list[str]
    output: str
    cases: int


def run(service: Service, name: str, sent: Presented, seed: int, cases: int) -> Verdict:
    """Runs a pass with all checks against a service that was prepared for it. Warnings are findings."""
    chosen = PASSES[name]
    report_file = service.folder / f"report-{seed}.json"
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "FUZZ_PRESENTED": json.dumps(sent),
        "FUZZ_ANSWERS": json.dumps(chosen.answer if isinstance(chosen.answer, tuple) else [chosen.answer]),
        "FUZZ_REFUSALS": json.dumps(chosen.refusals),
    }
    url = f"http://127.0.0.1:{service.internal.port if chosen.internal else service.port}"
    # Requests of every method are answered there, by our extension x-any-method.
    narrowed = [f"--include-path={path}" for path in chosen.internal]
    if chosen.document == DEVICE_DOCUMENT:  # see told_to_devices in hooks.py
        narrowed.append("--exclude-checks=content_type_conformance,response_schema_conformance")
    if chosen.internal == VERIFY:
        narrowed.append("--exclude-checks=unsupported_method")
    done = subprocess.run(
        [
            SCHEMATHESIS, "--config-file", str(CONFIG), "run", str(chosen.document or f"{url}/openapi.yaml"),
            "--url", url, "--no-color", f"--seed={seed}", f"--max-examples={cases}",
            "--report=json", f"--report-json-path={report_file}", *narrowed,
        ],
        env=environ, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert report_file.exists(), output
    report: dict[str, Any] = json.loads(report_file.read_text())
    findings = [f"{failure['type']}: {failure['title']}" for failure in report["failures"]]
    findings += [f"error: {error}" for error in report["errors"]]
    warned = {kind for kind, operations in report["warnings"].items() if operations}
    expected = {chosen.warning} - {None}
    findings += [f"warning: {kind}" for kind in sorted(warned ^ expected, key=str)]
    if not findings and done.returncode != (1 if expected else 0):
        findings.append(f"exit status {done.returncode}")
    return Verdict(findings, output, report["test_cases"]["generated"])
