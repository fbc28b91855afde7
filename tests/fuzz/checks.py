"""What every response is held to, beside what schemas say: the pass's answer, headers, bodies, what devices are told."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.support.device import CHALLENGE, SESSION_ID
from tests.support.device import PATH as DEVICE
from tests.support.identity_provider import PATHS

PRESENTED: list[dict[str, str | None]] = json.loads(os.environ["FUZZ_PRESENTED"])
Case = schemathesis.Case[Any]
ANSWERS: list[int] = json.loads(os.environ["FUZZ_ANSWERS"])
REFUSALS: list[int] = json.loads(os.environ["FUZZ_REFUSALS"])
HTTP_OWN = {"connection", "content-length", "content-type", "date"}
REFRESH, OFFER = "/api/v1/auth/refresh", "secure-session-registration"
CORS = {"access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"}


def follows(case: Case) -> bool:
    """Whether the request follows the document."""
    return case.meta is not None and bool(case.meta.generation.mode.is_positive)


def _definition(case: Case, status: int) -> dict[str, Any] | None:
    found = case.operation.responses.find_by_status_code(status)
    return None if found is None else found.definition


def _outside(case: Case, response: schemathesis.Response) -> bool:
    """Whether the request was for another method than the operation's: the document has no 405."""
    return bool(response.status_code == 405 and case.method.upper() != case.operation.method.upper())


@schemathesis.check
def answer_of_this_pass(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """A request that follows the document gets the pass's answer. Any other gets that, or a refusal."""
    if _outside(case, response):
        return
    expected = ANSWERS if follows(case) else [*ANSWERS, *REFUSALS]
    assert response.status_code in expected, f"{response.status_code} is not an answer of this pass: {expected}"


@schemathesis.check
def only_documented_headers(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """Every header of the response is in the document, and comes once; two cookies tell of one registration."""
    definition = _definition(case, response.status_code)
    if definition is not None:
        known = {name.lower() for name in definition["headers"]} | HTTP_OWN
        came = {name.lower(): len(values) for name, values in response.headers.items()}
        assert came.keys() <= known, f"not in the document: {sorted(came.keys() - known)}"
        if case.path == DEVICE and response.content and came.get("set-cookie") == 2:  # see told_to_devices()
            came["set-cookie"] = 1
        assert set(came.values()) == {1}, f"more than once: {[name for name, times in came.items() if times > 1]}"


@schemathesis.check
def allowed_origins_may_read(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """A page of an allowed origin can read every answer, errors too (Fetch standard, section 3.2)."""
    origin = response.request.headers.get("Origin")
    if origin is not None and response.status_code != 403 and case.path != "/verify" and case.path not in PATHS:
        assert response.headers.get("access-control-allow-origin") == [origin]
        assert response.headers.keys() >= CORS


@schemathesis.check
def error_says_its_status(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """Status, code and body agree; all 401 are byte for byte the same (the document's example)."""
    if response.status_code < 300:
        return
    assert response.headers.get("content-type") == ["application/json"]
    if response.request.method == "HEAD":
        return
    body = response.json()
    if case.path in PATHS and response.status_code == 400:
        assert sorted(body) in (["error", "error_description"], ["description", "err"])
        return
    assert sorted(body) == ["detail", "error", "status_code"]
    assert body["status_code"] == response.status_code
    if response.status_code == 405:
        assert body["error"] == "method_not_allowed"
        assert response.headers.get("allow") == ["POST"]
        return
    definition = _definition(case, response.status_code)
    if definition is not None:
        example = definition["content"]["application/json"]["example"]
        assert body["error"] == example["error"]
        if response.status_code == 401:
            assert response.content == json.dumps(example).encode()


@schemathesis.check
def told_to_devices(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """A registration gets both cookies and instructions, a renewal the device cookie alone; only that is ever asked."""
    if case.path != DEVICE or _outside(case, response):
        return
    came = response.headers
    if response.content:  # no document can say that only some responses with one status have a body
        content_type_conformance(context, response, case)
        response_schema_conformance(context, response, case)
    sent = response.request.headers.get(SESSION_ID) or ""
    renewed = (sent.decode("latin-1") if isinstance(sent, bytes) else sent).strip(' "')  # empty at a registration
    asked = re.fullmatch('"[^"]+";id="([^"]+)"', came.get(CHALLENGE, [""])[0])
    if response.status_code == 200:
        cookies = came["set-cookie"]
        documented = case.operation.responses.find_by_status_code(200).headers
        valid = dict(documented.items())["Set-Cookie"].validator.is_valid
        assert all(map(valid, cookies)), f"not in the document: {cookies}"
        names = ["vk_org_device"] if renewed else ["vk_org_token", "vk_org_device"]
        assert [cookie.partition("=")[0] for cookie in cookies] == names
        assert bool(renewed) == (not response.content) == ("content-type" not in came)
        assert asked is not None
        assert asked[1] == (renewed or response.json()["session_identifier"])
    elif response.status_code == 403:
        own = "Origin" not in response.request.headers or "access-control-allow-origin" in came
        assert (asked and asked[1]) == (renewed if renewed and own else None)


@schemathesis.check
def offered_to_devices(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """A session that is not bound is offered it by each success, if the service has that, and no other is."""
    if case.path == REFRESH and response.status_code == 200:
        offers = any("Device" in each for each in PRESENTED)
        assert (OFFER in response.headers) == (offers and "vk_org_device" not in response.request.headers["Cookie"])
