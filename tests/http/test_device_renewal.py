"""A bound session's device cookie is renewed over a socket, by proofs of its device and by nothing else."""

from __future__ import annotations

import time

import jwt
import pytest

from tests.support.assertions import assert_problem
from tests.support.device import OFFER, Device, asked, bind, call, claims_of, cookies_of, refresh
from tests.support.device_attacks import CHALLENGED, RENEWALS
from tests.support.device_attacks.made import session
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def service(start_shared):
    """A service that offers it."""
    return start_shared(**OFFER)


@pytest.mark.parametrize("quoted", ["{}", '"{}"'])
def test_device_cookie_is_renewed_by_a_proof(service, bound, quoted):
    """With the challenge of the answer before, at once. Header values may be strings, as the draft has them."""
    proof = bound.device.proof(bound.challenge, registers=False)
    reply = call(service, bound.token, proof=quoted.format(proof), session_id=quoted.format(bound.session_id))
    assert (reply.status, reply.body) == (200, b"")
    assert list(cookies_of(reply)) == ["vk_org_device"]
    assert not reply.all("content-type")
    assert refresh(service, bound.token, cookies_of(reply)["vk_org_device"]).status == 200
    again = call(
        service, bound.token, proof=bound.device.proof(asked(reply), registers=False), session_id=bound.session_id
    )
    assert again.status == 200


def test_device_is_challenged_first(service, bound):
    """Without a proof: 403 with a challenge, and our body; signed, it is good."""
    reply = call(service, bound.token, session_id=bound.session_id)
    assert_problem(reply, 403)
    signed = call(
        service, bound.token, proof=bound.device.proof(asked(reply), registers=False), session_id=bound.session_id
    )
    assert signed.status == 200


@pytest.mark.parametrize("name", RENEWALS)
def test_bad_renewal_ends_the_browsers_session(service, bound, name):
    """401 without a cookie; the device that holds the key goes on."""
    reply = RENEWALS[name](service, bound, service.sign())
    assert_problem(reply, 401)
    assert refresh(service, bound.token, bound.cookie).status == 200


@pytest.mark.parametrize("name", CHALLENGED)
def test_old_challenge_is_replaced(service, bound, name):
    """403 with a new one, and no cookie."""
    reply = CHALLENGED[name](service, bound, "")
    assert_problem(reply, 403)
    assert claims_of(asked(reply))["ses"] == session()


def test_nothing_is_limited_on_the_path_of_devices(start):
    """Neither its requests nor its 401 and 403 count, and no limit refuses there."""
    service = start(DEVICE_BINDING="offer", RATE_LIMIT="2/hour", FAILURE_RATE_LIMIT="1/hour")
    bound = bind(service, service.sign())
    for _ in range(5):
        assert call(service, bound.token, session_id=bound.session_id).status == 403
        assert call(service, "abc").status == 401
    assert service.refresh("abc").status == 401
    assert service.refresh("abc").status == 429
    assert call(service, "abc").status == 401
    proof = bound.device.proof(bound.challenge, registers=False)
    assert call(service, bound.token, proof=proof, session_id=bound.session_id).status == 200


def test_revocation_and_maximum_age_end_it_there_too(start):
    """A revoked session is not renewed; nor is one that is too old, or idle."""
    service = start(DEVICE_BINDING="offer")
    bound = bind(service, service.sign())
    service.cli("revoke", "--session", "session-1")
    wait_for(lambda: call(service, bound.token, session_id=bound.session_id).status == 401, "the revocation")
    now = int(time.time())
    for token in (
        service.sign(iat=now - 1000, auth_time=now - 2000, session_max_age=1500),
        service.sign(iat=now - 100, session_idle=60),
    ):
        assert call(service, token, proof=Device().proof("x")).status == 401


def test_key_rotation_keeps_it(start):
    """Cookies and challenges of the former key are good for as long as it verifies."""
    service = start(DEVICE_BINDING="offer")
    bound = bind(service, service.sign())
    kid = service.cli("keys", "add").stdout.strip()
    service.cli("keys", "promote", "--force", kid)
    token = service.sign()
    wait_for(
        lambda: jwt.get_unverified_header(cookies_of(service.refresh(token))["vk_org_token"])["kid"] == kid,
        "the new key",
    )
    assert refresh(service, bound.token, bound.cookie).status == 200
    proof = bound.device.proof(bound.challenge, registers=False)
    assert call(service, bound.token, proof=proof, session_id=bound.session_id).status == 200
