"""DEVICE_SCOPE=host: all that a host answers waits for a live device cookie, and a proxy has each request verified."""

from __future__ import annotations

import pytest

from tests.browser.device_browser import DEVICE

ASKED = ("if-bound", "required")
FETCH = "path => fetch(path, {cache: 'no-store'}).then(answer => answer.status)"
KINDS = {
    "image": "new Promise(done => Object.assign(new Image(), {src: '/verify?bound=required', onerror: done}))",
    "frame": "new Promise(done => document.body.append(Object.assign(document.createElement('iframe'),"
    " {src: '/verify?bound=required', onload: done})))",
    "web socket": "new Promise(done => new WebSocket(`wss://${location.host}/verify?bound=required`).onerror = done)",
    "event source": "new Promise(done => new EventSource('/verify?bound=required').onerror = done)",
}


@pytest.fixture
def device_settings():
    """Device cookies for all of the host."""
    return {"DEVICE_SCOPE": "host"}


@pytest.mark.parametrize("asked", ASKED)
def test_all_fetches_wait_for_one_renewal(bound_browser, asked):
    """Each of them comes with the new device cookie, and is let through."""
    assert [each["path"] for each in bound_browser.context.cookies() if each["name"] == DEVICE] == ["/"]
    bound_browser.lose_device_cookie()
    five = f"path => Promise.all(Array.from({{length: 5}}, () => ({FETCH})(path)))"
    assert bound_browser.page.evaluate(five, f"/verify?bound={asked}") == [200] * 5
    assert bound_browser.calls() == [200, 200]


def test_everything_else_waits_too(bound_browser, secure_app):
    """Navigations, and whatever a page loads."""
    address = secure_app.url("/verify").partition("?")[0] + "?bound=required"
    bound_browser.lose_device_cookie()
    assert bound_browser.page.goto(address).status == 200
    bound_browser.page.goto(secure_app.url("/elsewhere.html"))
    for kind, script in KINDS.items():
        bound_browser.lose_device_cookie()
        secure_app.verified.clear()
        bound_browser.page.evaluate(f"{script}.then(() => 1)")
        assert secure_app.verified[0] == 200, kind


@pytest.mark.parametrize("asked", ASKED)
def test_thief_is_refused_once_the_device_cookie_is_over(bound_browser, new_browser, asked):
    """In the browser all goes on meanwhile."""
    thief = new_browser()
    thief.context.add_cookies(bound_browser.context.cookies())
    path = f"/verify?bound={asked}"
    assert thief.page.evaluate(FETCH, path) == 200  # within these minutes
    thief.lose_device_cookie()
    bound_browser.lose_device_cookie()
    assert thief.page.evaluate(FETCH, path) == 401
    assert bound_browser.page.evaluate(FETCH, path) == 200


def test_link_from_another_site_does_not_wait(bound_browser, secure_app):
    """Chromium lets no other site begin a renewal: the visit is refused, and let through once the page loads itself again."""
    address = secure_app.url("/verify").partition("?")[0] + "?bound=required"
    bound_browser.lose_device_cookie()
    page = bound_browser.page
    page.goto(f"data:text/html,<a href='{address}'>here</a>")
    with page.expect_navigation() as visit:
        page.click("a")
    assert visit.value.status == 401
    with page.expect_navigation() as again:
        page.evaluate("location.reload()")
    assert again.value.status == 200
    assert bound_browser.calls() == [200, 200]
