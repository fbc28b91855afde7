"""A session is bound to its device over a socket, by what the browser sends by itself."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.support.assertions import UNAUTHORIZED, assert_problem
from tests.support.device import (
    CHALLENGE,
    OFFER,
    PATH,
    Device,
    bind,
    call,
    claims_of,
    cookies_of,
    offer_of,
    offered,
    refresh,
)
from tests.support.device_attacks import REGISTRATIONS
from tests.support.tokens import good_claims

INSTRUCTIONS = {
    "session_identifier": "",
    "refresh_url": PATH,
    "scope": {
        "include_site": False,
        "scope_specification": [{"type": "exclude", "path": "/"}, {"type": "include", "path": "/api/v1/auth/refresh"}],
    },
    "credentials": [
        {"type": "cookie", "name": "vk_org_device", "attributes": "Path=/api/v1/auth; HttpOnly; Secure; SameSite=Lax"}
    ],
}


@pytest.fixture(scope="module")
def service(start_shared):
    """A service that offers it."""
    return start_shared(**OFFER)


def test_registration_binds_the_session(service):
    """Two cookies, and what the browser must know; the token carries the key, and is good for eight hours more."""
    refreshed = service.refresh(service.sign(more="kept"))
    device = Device()
    token = cookies_of(refreshed)["vk_org_token"]
    reply = call(service, token, proof=device.proof(offered(refreshed)))
    assert reply.status == 200
    assert reply.header("content-type") == "application/json"
    claims, device_claims = (claims_of(value) for value in cookies_of(reply).values())
    assert claims["cnf"] == {"jwk": device.jwk}
    assert claims["exp"] - claims["iat"] == 28800
    assert claims["more"] == "kept"
    identifier = f"session-1.{device_claims['jkt']}"
    assert reply.json() == {**INSTRUCTIONS, "session_identifier": identifier}
    session, cookie = reply.all("set-cookie")
    assert session.endswith("; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax")
    assert re.fullmatch(r"vk_org_device=[^;]+; Max-Age=300; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Lax", cookie)
    assert 355 <= device_claims["exp"] - time.time() <= 360
    assert (reply.header(CHALLENGE) or "").endswith(f';id="{identifier}"')
    assert not reply.all("x-ratelimit-limit")


@pytest.mark.parametrize("name", REGISTRATIONS)
def test_bad_registration_binds_nothing(service, bound, name):
    """401, or 403 for a page: no cookie, no instructions, and the session goes on."""
    token = service.sign()
    reply = REGISTRATIONS[name](service, bound, token)
    assert_problem(reply, 403 if name.startswith(("a page", "no mode", "a mode")) else 401)
    assert not reply.all(CHALLENGE)
    assert reply.status == 403 or reply.body == UNAUTHORIZED
    assert service.refresh(token).status == 200


def test_session_id_in_any_characters(service):
    """The browser's id is of visible ASCII."""
    bound = bind(service, service.sign(sid='Jürgen "x" \\ 100%'))
    assert bound.session_id.startswith("J%C3%BCrgen%20%22x%22%20%5C%20100%25.")
    proof = bound.device.proof(bound.challenge, registers=False)
    assert call(service, bound.token, proof=proof, session_id=bound.session_id).status == 200


@pytest.mark.parametrize(
    "confirmation",
    [{"x5t#S256": "abc"}, {"jwk": None}, {"jwk": {"kty": "EC"}}, {"jwk": {**Device().jwk, "kid": "x"}}, "abc", None],
)
def test_somebody_elses_confirmation_is_carried_over(service, confirmation):
    """A `cnf` that we did not write is none of ours: the session is refreshed as ever, and nothing is offered over it."""
    token = service.sign({}, **{**good_claims(int(time.time())), "cnf": confirmation or [confirmation]})
    reply = service.refresh(token)
    assert (reply.status, offer_of(reply)) == (200, "")
    assert claims_of(cookies_of(reply)["vk_org_token"])["cnf"] == (confirmation or [confirmation])


def test_off_is_as_if_it_were_not_there(start):
    """No path, no offer, and `cnf` is a claim like any other."""
    service = start()
    bound = json.loads('{"jwk": {"kty": "EC"}}')
    token = service.sign(cnf=bound)
    reply = service.refresh(token)
    assert (reply.status, offer_of(reply)) == (200, "")
    assert claims_of(cookies_of(reply)["vk_org_token"])["cnf"] == bound
    assert_problem(call(service, token), 404)


def test_accepting_keeps_what_is_bound_and_binds_no_more(start):
    """For the machines that are brought up or down one after the other: they all keep a bound session."""
    offering = start(DEVICE_BINDING="offer")
    bound = bind(offering, offering.sign())
    accepting = start(DEVICE_BINDING="accept", KEYS_FILE=str(offering.keys_file))
    refreshed = accepting.refresh(accepting.sign())
    assert (refreshed.status, offer_of(refreshed)) == (200, "")
    proof = bound.device.proof(bound.challenge, registers=False)
    renewed = call(accepting, bound.token, proof=proof, session_id=bound.session_id)
    assert renewed.status == 200
    assert refresh(accepting, bound.token, cookies_of(renewed)["vk_org_device"]).status == 200
    assert_problem(refresh(accepting, bound.token), 401)


def test_registration_that_another_machine_offered_is_taken(start):
    """The browser's call may reach a machine that offers nothing itself."""
    offering = start(DEVICE_BINDING="offer")
    accepting = start(DEVICE_BINDING="accept", KEYS_FILE=str(offering.keys_file))
    refreshed = offering.refresh(offering.sign())
    token = cookies_of(refreshed)["vk_org_token"]
    assert call(accepting, token, proof=Device().proof(offered(refreshed))).status == 200
