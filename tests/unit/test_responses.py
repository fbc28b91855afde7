"""Responses: whatever was raised becomes the one shape of failure; CORS is for allowed origins only."""

from __future__ import annotations

import json

import pytest
from connexion.exceptions import BadRequestProblem, NonConformingResponse, UnsupportedMediaTypeProblem
from starlette.exceptions import HTTPException

from security import errors
from service.api import contract
from service.http.cors import Cors
from service.http.responses import ResponseBuilder, problem_of
from tests.support.request_contexts import request_for

CONTRACT = contract.load()
CORS = Cors(("https://a.example", "http://localhost:3000"), CONTRACT)
RESPONSES = ResponseBuilder(CORS, CONTRACT.challenge, "max-age=31536000")
RAISED = {
    "ours": (errors.RateLimited("r", 9), 429, "rate_limited"),
    "Starlette's 404": (HTTPException(404), 404, "not_found"),
    "Starlette's 405": (HTTPException(405, headers={"Allow": "POST"}), 405, "method_not_allowed"),
    "Starlette's 405 without Allow": (HTTPException(405), 405, "method_not_allowed"),
    "Starlette's 401": (HTTPException(401), 401, "unauthorized"),
    "Starlette's 418": (HTTPException(418), 500, "internal_error"),
    "connexion's 400": (BadRequestProblem(detail="secret"), 400, "bad_request"),
    "connexion's 415": (UnsupportedMediaTypeProblem(detail="secret"), 415, "unsupported_media_type"),
    "connexion's 500": (NonConformingResponse(detail="secret"), 500, "internal_error"),
    "a crash": (KeyError("secret"), 500, "internal_error"),
    "a deep crash": (RecursionError("secret"), 500, "internal_error"),
}


@pytest.mark.parametrize("name", RAISED)
def test_failure_has_one_shape(name):
    """The body is code, sentence and status, in JSON; nothing of what was raised is in it or in the reason."""
    raised, status, code = RAISED[name]
    problem = problem_of(raised)
    response = RESPONSES.error(problem)
    assert response.status == status
    body = json.loads(response.body)
    assert list(body) == ["error", "detail", "status_code"]
    assert (body["error"], body["status_code"]) == (code, status)
    assert body["detail"].endswith(".")
    assert (b"content-type", b"application/json") in response.headers
    assert "secret" not in response.body.decode() + problem.reason


def challenge_of(response):
    return [value for name, value in response.headers if name == b"www-authenticate"]


def test_only_401_has_a_challenge():
    """A 401 has the document's challenge (RFC 9110 section 11.6.1), which is not Basic; nothing else has one."""
    challenges = {status: challenge_of(RESPONSES.error(problem_of(raised))) for raised, status, _ in RAISED.values()}
    assert {status for status, challenge in challenges.items() if challenge} == {401}
    assert challenges[401] == [b'Cookie realm="session" cookie-name="vk_org_token"']


def test_headers_of_a_problem_are_answered():
    """Retry-After and Allow come with the problems that have them."""
    for name, header in (("ours", (b"retry-after", b"9")), ("Starlette's 405", (b"allow", b"POST"))):
        assert header in RESPONSES.error(problem_of(RAISED[name][0])).headers


def test_all_401_are_one():
    """Whatever the reason, a 401 is the same response to the byte."""
    refusals = [errors.Unauthorized("a"), errors.Unauthorized("b")]
    refusals[1].session_id, refusals[1].organisation = "session-1", "org-1"
    assert len({RESPONSES.error(refusal) for refusal in refusals}) == 1


def cors_headers(origin):
    return CORS.headers(request_for("POST", "/", *(() if origin is None else ((b"origin", origin),))))


def test_cors_is_for_allowed_origins():
    """An allowed origin is echoed exactly, with credentials; any other gets nothing."""
    assert cors_headers(b"https://a.example") == [
        (b"access-control-allow-origin", b"https://a.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", CONTRACT.exposed_headers.encode()),
    ]
    for origin in (None, b"", b"null", b"*", b"https://a.example:443", b"HTTPS://a.example", b"https://b.example"):
        assert cors_headers(origin) == []
    assert b"http://localhost:3000" in CORS
    assert b"http://localhost" not in CORS
