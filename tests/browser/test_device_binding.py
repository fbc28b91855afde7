"""A session that Chromium binds to its device can be refreshed there, and nowhere else."""

from __future__ import annotations

import pytest

from tests.browser.device_browser import DEVICE, TOKEN
from tests.browser.user import REFRESH
from tests.support.device import PATH, Device
from tests.support.waiting import wait_for

# A page's own call of the browser's path; its status.
PAGE_CALL = """([path, proof, mode]) => fetch(path, {method: "POST", mode, headers: {"Secure-Session-Response": proof,
    "Sec-Secure-Session-Id": "s"}}).then(answer => answer.status)"""


def test_session_is_bound_and_its_device_cookie_renewed(bound_browser):
    """By the browser itself, before the page's refresh. The key stays."""
    key = bound_browser.bound_to()
    assert key["jwk"]["crv"] == "P-256"
    for _ in range(4):
        assert bound_browser.refresh_without_cookie() == 200
        assert bound_browser.cookies()[DEVICE]
    assert bound_browser.bound_to() == key
    assert bound_browser.calls() == [200] * 5


def test_it_survives_a_restart_of_the_browser(bound_browser):
    """The profile has the key, and the session is renewed by it."""
    key = bound_browser.bound_to()
    bound_browser.close()
    bound_browser.open()
    assert bound_browser.refresh_without_cookie() == 200
    assert bound_browser.bound_to() == key


def test_it_survives_a_rotation_of_the_signing_key(bound_browser, secure_app):
    """The former key verifies; the new one signs."""
    kid = secure_app.service.cli("keys", "add").stdout.strip()
    secure_app.service.cli("keys", "promote", "--force", kid)
    for _ in range(3):
        assert bound_browser.refresh_without_cookie() == 200


def test_copied_cookies_are_refused_elsewhere(bound_browser, new_browser):
    """In another browser they count for as long as the device cookie lives, and not a refresh longer."""
    thief = new_browser()
    thief.context.add_cookies(bound_browser.context.cookies())
    assert thief.refresh() == 200  # within these minutes
    assert thief.refresh_without_cookie() == 401
    assert bound_browser.refresh_without_cookie() == 200


def test_revoked_session_ends_in_the_browser(bound_browser, secure_app):
    """The browser's own session ends with it, and nothing binds a dead one again."""
    secure_app.revoke()
    assert bound_browser.refresh_without_cookie() == 401
    assert bound_browser.refresh() == 401
    assert bound_browser.calls()[-1] == 401


def test_next_sign_in_is_bound_anew(bound_browser, secure_app):
    """To another key: the session before has ended."""
    browser, key = bound_browser, bound_browser.bound_to()
    secure_app.revoke()
    assert browser.refresh_without_cookie() == 401
    browser.begin_session()
    assert browser.refresh() == 200
    wait_for(lambda: browser.refresh() == 200 and browser.bound_to() not in (None, key), "the new session's key")


@pytest.mark.parametrize(("mode", "status"), [("cors", 403), ("no-cors", 401)])
def test_page_cannot_bind_a_session_to_a_key_of_its_own(new_browser, secure_app, mode, status):
    """Its call says that it is a page's, or comes without the proof. The browser's own goes on."""
    browser = new_browser()
    browser.begin_session()
    registration = secure_app.hold(PATH)
    assert browser.refresh() == 200
    browser.until(browser.calls, "the browser's own registration")
    offer = dict(secure_app.calls[0][2][1])["secure-session-registration"]
    proof = Device().proof(offer.split('"')[3])
    before = browser.cookies()
    assert browser.page.evaluate(PAGE_CALL, [PATH, proof, mode]) == status
    assert browser.cookies() == before
    assert browser.bound_to() is None
    registration.set()
    browser.wait_for_cookie(DEVICE)
    assert browser.page.evaluate(PAGE_CALL, [PATH, proof, mode]) == status
    assert browser.refresh_without_cookie() == 200


def test_page_may_say_that_its_browser_could_not_renew(bound_browser, new_browser):
    """So may a thief: that is a 503, and no cookie."""
    thief = new_browser()
    thief.context.add_cookies([each for each in bound_browser.context.cookies() if each["name"] == TOKEN])
    before = thief.cookies()
    claimed = f"fetch('{REFRESH}', {{method: 'POST', headers: {{'Secure-Session-Skipped': 'unreachable'}}}})"
    assert thief.page.evaluate(f"{claimed}.then(answer => answer.status)") == 503
    assert thief.cookies() == before
