"""Answers that come late, or in another order: the session stays, and ends up bound by itself."""

from __future__ import annotations

import pytest

from tests.browser.device_browser import DEVICE, TOKEN
from tests.browser.user import REFRESH
from tests.support.device import PATH, claims_of


@pytest.fixture
def browser(new_browser):
    """A browser with a session that is not bound yet."""
    browser = new_browser()
    browser.begin_session()
    return browser


@pytest.fixture
def ends_bound(browser):
    """Asserts that the session ends up bound, to one key, and stays so."""

    def check() -> None:
        browser.until(lambda: browser.refresh() == 200 and browser.bound_to(), "a bound session")
        browser.until(lambda: browser.refresh_without_cookie() == 200, "a refresh")
        key = browser.bound_to()
        for _ in range(3):
            assert browser.refresh_without_cookie() == 200
        assert browser.bound_to() == key
        assert browser.calls()[-3:] == [200] * 3

    return check


def answered(browser, path: str, count: int) -> None:
    """Waits until the service answered so many calls of a path, held back or not."""
    browser.until(lambda: len(browser.calls(path)) >= count, f"{count} answers of {path}")


def bound_before_an_answer(browser, secure_app):
    """Binds the session while an earlier refresh, of the token before, waits for its answer: what lets that go."""
    late = secure_app.hold(REFRESH)
    browser.begin_refresh()
    answered(browser, REFRESH, 1)
    assert browser.refresh() == 200
    browser.wait_for_cookie(DEVICE)
    return late


def test_five_tabs_that_begin_at_once(browser, ends_bound):
    """Five offers, up to five registrations, and late answers that are not bound."""
    one = f"fetch('{REFRESH}', {{method: 'POST'}}).then(answer => answer.status)"
    assert browser.page.evaluate(f"Promise.all(Array.from({{length: 5}}, () => {one}))") == [200] * 5
    browser.wait_for_cookie(DEVICE)
    ends_bound()


def test_refresh_from_before_the_registration_that_is_answered_after_it(browser, secure_app, ends_bound):
    """Its token takes the bound one's place, with a new offer: the session is bound again, to a new key."""
    late = bound_before_an_answer(browser, secure_app)
    key = browser.bound_to()
    late.set()
    browser.until(lambda: browser.bound_to() not in (None, key), "the second registration")
    ends_bound()


def test_device_cookie_that_is_over_before_the_session_is_bound_again(browser, secure_app, ends_bound):
    """The first key's renewal is refused, which ends it in the browser; the page's refresh is not."""
    late = bound_before_an_answer(browser, secure_app)
    registration = secure_app.hold(PATH)
    late.set()
    answered(browser, PATH, 2)
    browser.until(lambda: browser.bound_to() is None, "the late answer")
    assert browser.refresh_without_cookie() == 200
    registration.set()
    ends_bound()


def test_second_registration(browser, secure_app, ends_bound):
    """As after a sign-in that raises the same session: a token that is not bound takes the bound one's place."""
    assert browser.refresh() == 200
    browser.wait_for_cookie(DEVICE)
    key = browser.bound_to()
    token = secure_app.service.sign(sid=claims_of(browser.cookies()[TOKEN])["sid"])
    old = next(each for each in browser.context.cookies() if each["name"] == TOKEN)
    browser.context.add_cookies([{**old, "value": token}])
    assert browser.refresh() == 200
    browser.until(lambda: browser.bound_to() not in (None, key), "the second registration")
    ends_bound()


def test_registration_that_is_answered_after_another(browser, secure_app, ends_bound):
    """The one that is answered last counts."""
    late = secure_app.hold(PATH)
    assert browser.refresh() == 200
    answered(browser, PATH, 1)
    assert browser.refresh() == 200
    browser.wait_for_cookie(DEVICE)
    key = browser.bound_to()
    late.set()
    browser.until(lambda: browser.bound_to() not in (None, key), "the first registration")
    ends_bound()
