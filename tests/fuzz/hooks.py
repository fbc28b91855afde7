"""What Schemathesis cannot know: our credentials, bodies that are no JSON, and rules that no schema can say."""

from __future__ import annotations

import json
import os
from typing import Any
from zlib import crc32

import schemathesis
from hypothesis import strategies as st

from tests.support.identity_provider import LOGOUTS, PATHS

PRESENTED: list[dict[str, str]] = json.loads(os.environ["FUZZ_PRESENTED"])
Case = schemathesis.Case[Any]
ANSWERS: list[int] = json.loads(os.environ["FUZZ_ANSWERS"])
REFUSALS: list[int] = json.loads(os.environ["FUZZ_REFUSALS"])
HTTP_OWN = {"connection", "content-length", "content-type", "date"}
CORS = {"access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"}


@schemathesis.auth()
class Presented:
    """Replaces generated credentials by those of the pass: cookies, API keys and origins.

    The generated request itself decides which: a case that is generated again must be the same.
    """

    def get(self, case: Case, context: schemathesis.AuthContext) -> str:
        """Schemathesis keeps this for a while; set() chooses."""
        return "presented"

    def set(self, case: Case, data: str, context: schemathesis.AuthContext) -> None:
        """Puts one of PRESENTED in the place of generated credentials."""
        generated = repr((sorted(case.cookies.items()), sorted(case.headers.items()), case.body))
        presented = dict(PRESENTED[crc32(generated.encode("utf-8", "surrogatepass")) % len(PRESENTED)])
        cookie = presented.pop("Cookie", None)
        # New mappings each time, because cases share the old ones.
        case.cookies = {} if cookie is None else {"vk_org_token": cookie}
        headers = case.headers.copy()
        headers.pop("X-API-Key", None)
        headers.update({name: value for name, value in presented.items() if name not in PATHS})
        case.headers = headers


@schemathesis.serializer("application/secevent+jwt")
def statement(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A Security Event Token is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, **options: Any) -> None:
    """Puts a good statement in the place of one that follows the document, but that nobody has signed."""
    token = PRESENTED[0].get(case.path)
    if token is not None and case.meta is not None and case.meta.generation.mode.is_positive:
        case.body = {"logout_token": token} if case.path == LOGOUTS else token


@schemathesis.hook
def flatmap_case(context: schemathesis.HookContext, case: Case) -> st.SearchStrategy[Case]:
    """Every fourth request that breaks the document has a body that is no JSON; Schemathesis sends only JSON."""
    if case.meta is None or not case.meta.generation.mode.is_negative:
        return st.just(case)

    def with_body(body: bytes) -> Case:
        case.body = body
        return case

    broken = st.one_of(st.binary(min_size=1, max_size=24), st.just(b'{"a":"\xff"}'), st.just(b"{\xc3\x28}"))
    return st.one_of(*[st.just(case)] * 3, broken.filter(lambda body: body.strip() != b"{}").map(with_body))


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
    follows = case.meta is not None and case.meta.generation.mode.is_positive
    expected = ANSWERS if follows else [*ANSWERS, *REFUSALS]
    assert response.status_code in expected, f"{response.status_code} is not an answer of this pass: {expected}"


@schemathesis.check
def only_documented_headers(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """Every header of the response is in the document, and comes once."""
    definition = _definition(case, response.status_code)
    if definition is not None:
        known = {name.lower() for name in definition["headers"]} | HTTP_OWN
        came = {name.lower(): len(values) for name, values in response.headers.items()}
        assert came.keys() <= known, f"not in the document: {sorted(came.keys() - known)}"
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
