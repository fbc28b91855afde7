"""Tokens that the service issues: what they state, and when it issues none."""

import json
from types import SimpleNamespace

import jwt
import pytest

from handlers.auth import refresh_session
from security import compact, errors, tokens
from security.authentication import Identity
from security.cookies import SetCookie
from security.errors import Problem, Unauthorized, Unavailable
from security.keys import load_key_set
from security.random_ids import RandomIds
from service.api.contract import load
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge, good_claims, public_jwk

NEW_ID = RandomIds()

FORGE = Forge()
KEYS = load_key_set(FORGE.jwks())
SESSION = tokens.Session("user-1", "org-1", "session-1", NOW - 3600, good_claims())


def issued(session=SESSION, now=NOW + 0.9):
    token = tokens.issue(session, KEYS, now, NEW_ID())
    key = jwt.PyJWK(public_jwk(FORGE.keys["ed"])).key
    return token, jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"verify_iat": False, "verify_nbf": False},
    )


def test_fresh_token_lives_eight_hours():
    """iat is now, exp 28,800 seconds on, by one clock reading; the header names the signing key and the type."""
    token, claims = issued()
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + 28800)
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "ed", "typ": "vk-session+jwt"}
    assert b"=" not in token


def test_fresh_token_states_the_same_session():
    """sub, org, sid, auth_time and every foreign claim are carried over; the token's id is not."""
    foreign = {"name": "Zoë", "roles": ["a", {"b": [1, 2.5, None]}], "nbf": NOW - 5}
    _, claims = issued(tokens.Session("user-1", "org-1", "session-1", NOW - 3600, {**good_claims(), **foreign}))
    assert {**claims, "iat": 0, "exp": 0, "jti": ""} == {**good_claims(), **foreign, "iat": 0, "exp": 0, "jti": ""}
    assert claims["jti"] != "token-1"


def test_token_without_auth_time_gets_its_own_iat():
    """A session whose token did not say when it signed in counts from that token's iat."""
    session = tokens.read(FORGE.token(without=("auth_time",)).encode(), KEYS, policy(), NOW)
    assert session.auth_time == NOW - 60
    assert issued(session)[1]["auth_time"] == NOW - 60


def test_times_are_issued_as_integers_and_a_sign_in_is_carried_over():
    """A fraction in `auth_time` stays, one in `iat` does not become an auth_time with one."""
    session = tokens.read(FORGE.token(claims={"auth_time": NOW - 3600.25}).encode(), KEYS, policy(), NOW)
    assert issued(session)[1]["auth_time"] == NOW - 3600.25
    session = tokens.read(FORGE.token(claims={"iat": NOW - 59.5}, without=("auth_time",)).encode(), KEYS, policy(), NOW)
    assert issued(session)[1]["auth_time"] == NOW - 60
    session = tokens.read(
        FORGE.token(claims={"iat": NOW + 20.5, "auth_time": NOW + 20.5}).encode(), KEYS, policy(), NOW
    )
    assert [type(issued(session)[1][name]) for name in ("iat", "exp", "auth_time")] == [int] * 3


def policy():
    from security.claims import Policy

    return Policy(ISSUER, AUDIENCE, 30, 2592000)


def test_every_token_has_an_id_of_its_own():
    """No two tokens share a jti."""
    assert len({issued()[1]["jti"] for _ in range(200)}) == 200


def test_no_token_is_issued_that_would_be_refused():
    """A session whose next token would be too long gets none."""
    session = tokens.Session("u", "o", "s", NOW, {**good_claims(), "x": "x" * 2900})
    with pytest.raises(Unavailable, match="successor"):
        tokens.issue(session, KEYS, NOW, NEW_ID())


def test_handler_answers_with_the_one_cookie():
    """refreshAuthSession responds with 200, {"refreshed": true}, the fresh cookie, and when the session ends."""

    class Dependencies:
        keys = type("Ring", (), {"current": KEYS})()
        policy = policy()
        set_cookie = SetCookie(b"vk_org_token", "")
        device_scope = None
        new_id = NEW_ID

    response = refresh_session(Identity(SESSION), NOW, Dependencies())
    assert (response.status, response.body) == (200, b'{"refreshed": true}')
    assert [name for name, _ in response.headers] == [b"content-type", b"set-cookie", b"verifa-session-ends"]
    assert response.headers[1][1].startswith(b"vk_org_token=")
    assert response.headers[2][1] == b"%d" % (SESSION.auth_time + 2592000)


@pytest.mark.parametrize("auth_time", [NOW - 3600, NOW - 3600.25, NOW + 20.5], ids=["past", "fraction", "ahead"])
def test_session_ends_when_it_is_refused(auth_time):
    """The end that is told is the last second in which the session is refreshed."""
    session = tokens.Session("u", "o", "s", auth_time, good_claims())
    _, claims = issued(session)
    ends = tokens.ends(session, policy(), NOW)
    long_lived = FORGE.token(claims={**claims, "exp": ends + 3600})
    assert tokens.read(long_lived.encode(), KEYS, policy(), ends).subject
    with pytest.raises(Unauthorized):
        tokens.read(long_lived.encode(), KEYS, policy(), ends + 1)


def test_handler_without_a_session_refuses():
    """Should the document ever let a request without a session through, nothing is issued."""
    with pytest.raises(Unauthorized):
        refresh_session(Identity(), NOW, SimpleNamespace())


def test_longest_token_is_parsed():
    """4,084 bytes are parsed, 4,085 are not: with the cookie's name they would be more than browsers keep."""
    assert len(load().cookie_name) + compact.MAX_TOKEN_BYTES == 4096
    for length, taken in ((4084, True), (4085, False)):
        token = b"!" * length
        if taken:
            with pytest.raises(Unauthorized, match="three") as refusal:
                compact.parse(token)
            assert "too long" not in refusal.value.reason
        else:
            with pytest.raises(Unauthorized, match="too long"):
                compact.parse(token)


PROBLEMS = {
    errors.BadRequest("r"): (400, "bad_request"),
    errors.Unauthorized("r"): (401, "unauthorized"),
    errors.Forbidden("r"): (403, "forbidden"),
    errors.NotFound("r"): (404, "not_found"),
    errors.MethodNotAllowed("POST"): (405, "method_not_allowed"),
    errors.PayloadTooLarge("r", 1024): (413, "payload_too_large"),
    errors.UnsupportedMediaType("r"): (415, "unsupported_media_type"),
    errors.UnprocessableContent("r"): (422, "validation_error"),
    errors.RateLimited("r", 7): (429, "rate_limited"),
    errors.HeadersTooLarge("r", 16384): (431, "headers_too_large"),
    errors.InternalError("r"): (500, "internal_error"),
    errors.Unavailable("r"): (503, "unavailable"),
}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.code)
def test_problem_has_its_code(problem):
    """Every kind of problem has its status and code, one sentence for the client, and a private reason."""
    assert (problem.status, problem.code) == PROBLEMS[problem]
    assert problem.detail.endswith(".")
    assert json.dumps(problem.detail).isascii()


def test_every_problem_is_in_the_table():
    """No kind of problem is missing above."""
    assert {type(each) for each in PROBLEMS} == set(Problem.__subclasses__())


def test_details_that_are_promised():
    """429 tells the seconds, 405 the methods, and a detail may be given."""
    assert errors.RateLimited("r", 7).detail == "Rate limit exceeded. Retry after 7 seconds."
    assert errors.RateLimited("r", 7).headers == ((b"retry-after", b"7"),)
    assert errors.MethodNotAllowed("POST").headers == ((b"allow", b"POST"),)
    assert errors.PayloadTooLarge("r", 1024).detail == "The body must not exceed 1,024 bytes."
    assert errors.BadRequest("r", detail="So.").detail == "So."
