"""service/answers.py: whatever was raised becomes the one shape of failure; CORS for allowed origins only."""

from __future__ import annotations

import json

import pytest
from connexion.exceptions import BadRequestProblem, NonConformingResponse, UnsupportedMediaTypeProblem
from starlette.exceptions import HTTPException

from security import errors
from service.answers import CHALLENGE, Cors, answer_of, problem_of

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
    answer = answer_of(problem)
    assert answer.status == status
    body = json.loads(answer.body)
    assert list(body) == ["error", "detail", "status_code"]
    assert (body["error"], body["status_code"]) == (code, status)
    assert body["detail"].endswith(".")
    assert (b"content-type", b"application/json") in answer.headers
    assert "secret" not in answer.body.decode() + problem.reason


def test_only_401_has_a_challenge():
    """A 401 has a challenge (RFC 9110 section 11.6.1), which is not Basic; nothing else has one."""
    challenged = [status for raised, status, _ in RAISED.values() if CHALLENGE in answer_of(problem_of(raised)).headers]
    assert challenged == [401]
    assert not CHALLENGE[1].startswith(b"Basic")


def test_headers_of_a_problem_are_answered():
    """Retry-After and Allow come with the problems that have them."""
    for name, header in (("ours", (b"retry-after", b"9")), ("Starlette's 405", (b"allow", b"POST"))):
        assert header in answer_of(problem_of(RAISED[name][0])).headers


def test_all_401_are_one():
    """Whatever the reason, a 401 is the same answer to the byte."""
    assert len({answer_of(errors.Unauthorized(reason)) for reason in ("a", "b", "signature: does not match")}) == 1


def test_cors_is_for_allowed_origins():
    """An allowed origin is echoed exactly, with credentials; any other gets nothing."""
    cors = Cors(("https://a.example", "http://localhost:3000"), "X-Request-Id")
    assert cors.headers(b"https://a.example") == [
        (b"access-control-allow-origin", b"https://a.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"X-Request-Id"),
    ]
    for origin in (None, b"", b"null", b"*", b"https://a.example:443", b"HTTPS://a.example", b"https://b.example"):
        assert cors.headers(origin) == []
    assert b"http://localhost:3000" in cors
    assert b"http://localhost" not in cors
