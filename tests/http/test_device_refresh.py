"""A page's refresh of a bound session over a socket: beside a live device cookie, and nowhere else."""

from __future__ import annotations

import pytest

from tests.support.assertions import assert_problem
from tests.support.device import OFFER, bind, call, claims_of, cookies_of, offer_of, refresh
from tests.support.device_attacks import COOKIES


@pytest.fixture(scope="module")
def service(start_shared):
    """A service that offers it."""
    return start_shared(**OFFER)


def test_bound_session_is_refreshed_beside_its_device_cookie(service, bound):
    """The page's refresh works as ever, keeps the key, and offers nothing."""
    reply = refresh(service, bound.token, bound.cookie)
    assert (reply.status, reply.body, offer_of(reply)) == (200, b'{"refreshed": true}', "")
    assert claims_of(cookies_of(reply)["vk_org_token"])["cnf"] == {"jwk": bound.device.jwk}
    assert refresh(service, bound.token, "abc", bound.cookie).status == 200


@pytest.mark.parametrize("name", COOKIES)
def test_bound_session_is_refreshed_on_its_device_alone(service, bound, name):
    """401, whatever is presented in the place of the device cookie."""
    assert_problem(refresh(service, bound.token, *COOKIES[name](service, bound)), 401)
    assert refresh(service, bound.token, bound.cookie).status == 200


def test_thief_does_not_use_up_the_limit_of_the_session(start):
    """What is refused for its device is not counted for the session: its owner goes on."""
    service = start(DEVICE_BINDING="offer", RATE_LIMIT="3/hour")
    bound = bind(service, service.sign())
    for _ in range(5):
        assert refresh(service, bound.token).status == 401
    skipped = ("Secure-Session-Skipped: unreachable",)
    assert refresh(service, bound.token, headers=skipped).status == 503
    assert refresh(service, bound.token, bound.cookie).status == 200


def test_device_cookies_of_a_session_that_is_not_bound_do_not_matter(service):
    """Whoever can set cookies for this host cannot sign its user out by them."""
    assert refresh(service, service.sign(), *"abcdef").status == 200


def test_outage_of_the_browser_is_no_401(service, bound):
    """Its cookie could not be renewed, and it says so: 503, and a thief who says so gets no token either."""
    reply = refresh(service, bound.token, headers=("Secure-Session-Skipped: quota_exceeded;id=x",))
    assert (reply.status, reply.all("set-cookie")) == (503, [])
    assert reply.header("retry-after")
    assert refresh(service, bound.token, bound.cookie, headers=("Secure-Session-Skipped: unreachable",)).status == 200


def test_store_that_is_away_keeps_the_browsers_session(start):
    """503 with Retry-After, at both paths."""
    service = start(DEVICE_BINDING="offer", REVOCATION_POLL="0.2", MAX_STALENESS="0.4")
    bound = bind(service, service.sign())
    service.lose_store()
    for reply in (call(service, bound.token, session_id=bound.session_id), refresh(service, bound.token, bound.cookie)):
        assert_problem(reply, 503)


def test_log_names_session_and_thumbprint(service, bound):
    """So that it can be told which device refreshed. No proof, challenge or cookie is in it."""
    reply = refresh(service, bound.token, bound.cookie)
    line = service.log.request(reply.header("x-request-id"))
    assert (line["sid"], line["device"]) == ("session-1", bound.session_id.partition(".")[2])
    text = service.log.text()
    assert not [secret for secret in (bound.cookie, bound.challenge) if secret in text]
