"""/verify judges the binding if it is asked: with it a stolen cookie opens nothing once the device cookie is over."""

from __future__ import annotations

import time

import pytest

from tests.http.test_metrics import counted
from tests.support.assertions import assert_problem
from tests.support.device import OFFER, bind, claims_of, cookie_header, cookies_of, refresh
from tests.support.device_attacks import COOKIES
from tests.support.device_attacks.made import cookie
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.waiting import wait_for

ASKED = ("required", "if-bound")


@pytest.fixture(scope="module")
def service(start_shared):
    """A service whose device cookies are for all of the host."""
    return start_shared("--internal", "127.0.0.1:0", **OFFER, DEVICE_SCOPE="host", METRICS="true")


def verify(service: Service, token: str, cookies: list[str], asked: str | None, *headers: str) -> Reply:
    """What a proxy is told of a request with these device cookies."""
    path = "/verify" if asked is None else f"/verify?bound={asked}"
    return service.internal.request(cookie_header(token, *cookies), *headers, method="GET", path=path)


@pytest.mark.parametrize("asked", ASKED)
def test_bound_session_is_valid_on_its_device(service, bound, asked):
    """With the live device cookie, and with others beside it."""
    reply = verify(service, bound.token, ["abc", bound.cookie], asked)
    assert (reply.status, reply.header("x-auth-session")) == (200, "session-1")
    assert service.log.request(reply.header("x-request-id"))["device"] == bound.session_id.partition(".")[2]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("name", COOKIES)
def test_bound_session_is_valid_nowhere_else(service, bound, name, asked):
    """Whatever is presented in the place of the device cookie. Who does not ask is told of the token alone."""
    presented = COOKIES[name](service, bound)
    assert_problem(verify(service, bound.token, presented, asked), 401)
    assert verify(service, bound.token, presented, None).status == 200


def test_session_that_is_not_bound_passes_unless_it_must_be(service):
    """Browsers without it go on with if-bound; none gets in with required."""
    token = service.sign()
    assert verify(service, token, [], "if-bound").status == 200
    assert_problem(verify(service, token, [], "required"), 401)
    assert_problem(verify(service, service.sign(cnf={"x5t#S256": "abc"}), [], "required"), 401)


@pytest.mark.parametrize("asked", ["", "no", "Required", "required&bound=required", "if-bound&bound="])
def test_other_values_are_refused(service, bound, asked):
    """By an answer that no proxy takes for a yes, also if all else is good."""
    assert_problem(verify(service, bound.token, [bound.cookie], asked), 400)


def test_name_in_other_letters_is_not_it(service, bound):
    """The rest of the query is ignored, as ever."""
    assert (
        service.internal.request(f"Cookie: vk_org_token={bound.token}", path="/verify?Bound=required&x=%ff").status
        == 200
    )


def test_outage_of_the_browser_is_no_401(service, bound):
    """It could not renew its cookie, and says so. For a session that is not bound that changes nothing."""
    skipped = "Secure-Session-Skipped: unreachable"
    for asked in ASKED:
        reply = verify(service, bound.token, [], asked, skipped)
        assert_problem(reply, 503)
        assert reply.header("retry-after")
    assert_problem(verify(service, service.sign(), [], "required", skipped), 401)


def test_stolen_cookies_open_nothing_after_the_device_cookies_minutes(service, bound):
    """Both cookies in a thief's hands: the second is over five minutes after it was made, and the leeway."""
    now = int(time.time())
    assert (
        verify(service, bound.token, [cookie(service, bound, exp=now)], "if-bound").status == 200
    )  # within the leeway
    assert_problem(verify(service, bound.token, [cookie(service, bound, exp=now - 31)], "if-bound"), 401)
    assert claims_of(bound.cookie)["exp"] - now <= 360


def test_cookie_for_all_of_the_host(service):
    """Its path and what waits for it; the refresh works as with `offer`."""
    bound = bind(service, service.sign())
    assert refresh(service, bound.token, bound.cookie).status == 200
    assert bound.instructions["scope"]["scope_specification"][-1] == {"type": "include", "path": "/"}
    assert bound.instructions["credentials"][0]["attributes"] == "Path=/; HttpOnly; Secure; SameSite=Lax"


def test_it_is_judged_whatever_is_offered(start):
    """The setting is of what the public listener offers; a binding that is there is judged where it is asked for."""
    offering = start(DEVICE_BINDING="offer")
    bound = bind(offering, offering.sign())
    off = start("--internal", "127.0.0.1:0", KEYS_FILE=str(offering.keys_file))
    assert verify(off, bound.token, [bound.cookie], "required").status == 200
    assert_problem(verify(off, bound.token, [], "if-bound"), 401)


def test_metrics_tell_bound_from_unbound(service, bound):
    """Of refreshes, of what was verified with `bound`, and each refusal by its reason."""
    name = "session_refresh_session_requests_total"
    labels = [
        {"route": route, "binding": binding}
        for route in ("refreshAuthSession", "verifySession")
        for binding in ("bound", "unbound")
    ]
    reason = "device: no live cookie of this session's device"
    before = [counted(service, name, **each) for each in labels]
    refused = counted(service, "session_refresh_refusals_total", reason=reason)
    refresh(service, bound.token, bound.cookie)
    refresh(service, service.sign())
    refresh(service, bound.token)
    verify(service, bound.token, [bound.cookie], "if-bound")
    verify(service, service.sign(), [], "if-bound")
    verify(service, service.sign(), [], None)  # not asked: not counted
    wait_for(lambda: [counted(service, name, **each) for each in labels] == [n + 1 for n in before], "the counts")
    assert counted(service, "session_refresh_refusals_total", reason=reason) == refused + 1
    assert cookies_of(refresh(service, bound.token)) == {}
