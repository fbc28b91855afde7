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

from tests.support.identity_provider import EVENTS, LOGOUTS, PATHS, Doors
from tests.support.providers import Keys
from tests.support.service import Service
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "schemathesis.toml"
SCHEMATHESIS = str(Path(sys.executable).with_name("schemathesis"))
ORIGIN = "https://dashboard.example.com"
UNLIMITED = {"RATE_LIMIT": "1000000000/minute", "FAILURE_RATE_LIMIT": "1000000000/minute"}

Presented = list[dict[str, str]]


@dataclass(frozen=True)
class Pass:
    """What requests present, and the status they get: `answer` if they follow the document, else that or a refusal.

    At the doors for identity providers, what is presented is the statement of each path.
    """

    prepare: Callable[[Service], Presented]
    answer: int | tuple[int, ...]
    refusals: tuple[int, ...]
    warning: str | None = None  # what Schemathesis says of a run that is refused on purpose
    settings: dict[str, str] = field(default_factory=dict)
    internal: tuple[str, ...] = ()  # the paths of the internal listener, by its own document; without, the public one


def _good(service: Service) -> Presented:
    key = service.cli("api-keys", "create", "--org", "org-1", "--version", "2026-01-01").stdout.strip()
    cookie = {"Cookie": service.login()}
    return [cookie, cookie | {"Origin": ORIGIN}, cookie | {"X-API-Key": key}]


def _bad(service: Service) -> Presented:
    """No cookie, no token in it, a broken signature, a revoked session, good ones beside keys that do not hold."""
    good, revoked = service.login(), service.login(sid="revoked")
    service.cli("revoke", "--session", "revoked")
    wait_for(lambda: service.refresh(revoked).status != 200, "the revocation")
    head, claims, signature = good.split(".")
    foreign = service.cli("api-keys", "create", "--org", "org-2", "--version", "2026-01-01").stdout.strip()
    return [
        {},
        {"Cookie": "not-a-token"},
        {"Cookie": f"{head}.{claims}.{signature[::-1]}"},
        {"Cookie": revoked, "Origin": ORIGIN},
        {"Cookie": good, "X-API-Key": "vk_live_unknown"},
        {"Cookie": good, "X-API-Key": foreign},
    ]


def _used_up(service: Service) -> Presented:
    token = service.login()
    assert service.refresh(token).status == 200
    return [{"Cookie": token}, {"Cookie": token, "Origin": ORIGIN}]


def _refused_before(service: Service) -> Presented:
    assert service.refresh(None).status == 401
    return [{}, {"Cookie": "not-a-token"}, {"Cookie": "not-a-token", "Origin": ORIGIN}]


def _store_away(service: Service) -> Presented:
    token = service.login()
    service.lose_store()
    return [{"Cookie": token}, {"Cookie": token, "Origin": ORIGIN}]


def _foreign_page(service: Service) -> Presented:
    return [{"Cookie": service.login(), "Origin": "https://evil.example"}]


def _unsigned(service: Service) -> Presented:
    """Bodies as the document describes them, which nobody has signed."""
    Doors(service, Keys()).trust()
    return [{}]


def _signed(service: Service) -> Presented:
    """A good statement for each door."""
    doors = Doors(service, Keys())
    doors.trust()
    return [{LOGOUTS: doors.logouts.token(), EVENTS: doors.events.token()}]


def _signed_store_away(service: Service) -> Presented:
    presented = _signed(service)
    service.lose_store()
    return presented


BODY = (400, 413, 415, 422)
VERIFY = ("/verify",)
STORE_AWAY = {"REVOCATION_POLL": "0.2", "MAX_STALENESS": "0.4"}
PASSES = {
    "good cookies": Pass(_good, 200, (401, *BODY)),
    "bad credentials": Pass(_bad, 401, (413,), "missing_auth"),
    "session limit reached": Pass(_used_up, 429, (401, 413), "rate_limited", {"RATE_LIMIT": "1/day"}),
    "address limit reached": Pass(_refused_before, 429, (413,), "rate_limited", {"FAILURE_RATE_LIMIT": "1/day"}),
    "store away": Pass(_store_away, 503, (401, 413), None, STORE_AWAY),
    "page of another origin": Pass(_foreign_page, 403, (401, 413), "missing_auth"),
    "internal, good cookies": Pass(_good, 200, (401, 413), internal=VERIFY),
    "internal, bad credentials": Pass(_bad, 401, (413,), "missing_auth", internal=VERIFY),
    "internal, store away": Pass(_store_away, 503, (401, 413), None, STORE_AWAY, internal=VERIFY),
    "doors, nobody's statements": Pass(_unsigned, 400, BODY, "validation_mismatch", internal=PATHS),
    "doors, good statements": Pass(_signed, (200, 202), BODY, internal=PATHS),
    "doors, store away": Pass(_signed_store_away, 503, BODY, None, STORE_AWAY, internal=PATHS),
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


def run(service: Service, name: str, presented: Presented, seed: int, cases: int) -> Verdict:
    """Runs a pass with all checks against a service that was prepared for it. Warnings are findings."""
    chosen = PASSES[name]
    report_file = service.folder / f"report-{seed}.json"
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "FUZZ_PRESENTED": json.dumps(presented),
        "FUZZ_ANSWERS": json.dumps(chosen.answer if isinstance(chosen.answer, tuple) else [chosen.answer]),
        "FUZZ_REFUSALS": json.dumps(chosen.refusals),
    }
    url = f"http://127.0.0.1:{service.internal.port if chosen.internal else service.port}"
    # Requests of every method are answered there, by our extension x-any-method.
    narrowed = [f"--include-path={path}" for path in chosen.internal]
    if chosen.internal == VERIFY:
        narrowed.append("--exclude-checks=unsupported_method")
    done = subprocess.run(
        [
            SCHEMATHESIS, "--config-file", str(CONFIG), "run", f"{url}/openapi.yaml", "--url", url, "--no-color",
            f"--seed={seed}", f"--max-examples={cases}", "--report=json", f"--report-json-path={report_file}", *narrowed,
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
