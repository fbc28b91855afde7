"""session-keeper in a page of a dashboard, in Chromium and Firefox: signing out, restored pages, late news."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.browser import bidi, cdp
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.dashboard_app import DashboardApp
from tests.browser.dashboard_user import RECORD, hold_a_refresh, leave, refresh_until, signed_in
from tests.browser.test_firefox import PROGRAM as FIREFOX
from tests.support.waiting import wait_for


@pytest.fixture(params=["chromium", "firefox"])
def browser(request, tmp_path):
    """A browser of its own, driven without anything that keeps its pages awake."""
    if request.param == "chromium":
        with cdp.run(CHROMIUM, FLAGS, tmp_path) as running:
            yield running
    else:
        if not Path(FIREFOX).exists():
            pytest.skip(f"no {FIREFOX}: install Debian's package firefox-esr")
        with bidi.run(FIREFOX, tmp_path) as running:
            yield running


def test_signing_out_in_one_tab_reaches_the_others(browser, app):
    """The other tab gives up its refresh, is told when the work is done, and the cookie does not come back."""
    page, other = signed_in(browser, app, tabs=2)
    hold_a_refresh(app, other)
    assert page.run("keeper.signOut(signOut)") == 204
    app.open_gate.set()
    other.wait("count('onSignedOut') === 1")
    wait_for(lambda: app.given_up == 1, "the answer that nobody waits for")
    asked = len(app.asked)
    for tab in (page, other):
        tab.run("keeper.refresh().then(() => true)")
        assert tab.run("[count('onSignedOut'), count('onExpired'), count('onError')]") == [int(tab is other), 0, 0]
    assert len(app.asked) == asked
    assert page.run("fetch('/api/v1/auth/refresh', { method: 'POST' }).then(({ status }) => status)") == 401


def test_late_401_of_the_session_before_ends_no_new_one(browser, app):
    """A refusal that was on its way while the user signed in again expires neither the old tab nor the new one."""
    (page,) = signed_in(browser, app)
    app.revoke()
    hold_a_refresh(app, page)
    assert page.run("signIn()") == 204
    new = browser.open(app.url())
    new.wait("window.keeper && true")
    app.open_gate.set()
    for tab in (page, new):
        tab.wait("told.some(([name, reason]) => name === 'onRefresh' && reason !== 'start')")
        assert tab.run("count('onExpired')") == 0


@pytest.mark.parametrize("again", [False, True], ids=["expired", "signed in again"])
def test_restored_page_asks_at_once(browser, app, again):
    """Back from another page, within the gap: the page is told that its session is over, or lives on in a new one."""
    (page,) = signed_in(browser, app, minGap=60_000)
    leave(page, app.url("/elsewhere.html"))
    app.revoke()
    if again:
        page.run("fetch('/sign-in', { method: 'POST' }).then(({ status }) => status)")
    page.run("setTimeout(() => history.back(), 0) && true")
    page.wait("window.restored === 1")
    page.wait("told.some(([, reason]) => reason === 'restored')" if again else "count('onExpired') === 1")
    assert page.run("[count('onExpired'), count('onError')]") == [0 if again else 1, 0]


def test_page_restored_after_its_sessions_end_lives_again(browser, app):
    """A keeper that had stopped resumes if the user has signed in elsewhere."""
    (page,) = signed_in(browser, app)
    app.revoke()
    refresh_until(page, "count('onExpired') === 1")
    leave(page, app.url("/elsewhere.html"))
    page.run("fetch('/sign-in', { method: 'POST' }).then(({ status }) => status)")
    page.run("setTimeout(() => history.back(), 0) && true")
    page.wait("window.restored === 1 && count('onResumed') === 1")
    assert page.run("count('onExpired')") == 1


def test_leaving_a_page_tells_nobody_a_failure(browser, app):
    """A refresh that is cut off by a navigation is no failure, neither to the page nor to the other tabs."""
    page, other = signed_in(browser, app, tabs=2)
    hold_a_refresh(app, page)
    before = other.run(RECORD)
    page.go(app.url("/elsewhere.html"))
    assert other.run(f"new Promise((resolve) => setTimeout(() => resolve({RECORD}), 500))") == before
    assert other.run("count('onError')") == 0
    app.open_gate.set()


def test_paused_tabs_go_on_after_a_sign_in_in_any_tab(browser, app):
    """By resume(), and by a page that is loaded: each time, both paused tabs are told that they go on."""
    tabs = signed_in(browser, app, tabs=2, pauseOnExpired=True)
    for times, sign_in in enumerate(
        (lambda: tabs[0].run("signIn().then(() => keeper.resume()).then(() => 1)"), None), 1
    ):
        app.revoke()
        for tab in tabs:
            refresh_until(tab, f"count('onExpired') === {times}")
        if sign_in:
            sign_in()
        else:
            tabs[1].run("signIn()")
            browser.open(app.url())
        for tab in tabs:
            tab.wait(f"count('onResumed') === {times}")


def test_every_tab_is_warned_before_the_end_and_told_at_it(browser, start):
    """12 s before its maximum age, both tabs of a session are told the same moment 8 s ahead, then that it is over."""
    with closing(DashboardApp(start(MAX_SESSION_AGE="60"))) as app:
        app.age = 48
        tabs = signed_in(browser, app, tabs=2, endingBefore=8000, minGap=500)
        for tab in tabs:
            tab.wait("count('onEnding') === 1")
        at = [tab.run("told.find(([name]) => name === 'onEnding')[1] - Date.now()") for tab in tabs]
        assert all(4000 < left <= 8000 for left in at)
        for tab in tabs:
            tab.wait("count('onExpired') === 1")
            assert tab.run("count('onEnding')") == 1


def test_page_without_an_origin_throws_nothing(browser, app):
    """Sandboxed, a page has no storage, no locks and no cookie: the keeper tells failures, and tries again."""
    page = browser.open(app.url("/boxed.html", interval=1000))
    page.wait("window.keeper && count('onError') >= 2")
    assert page.run("self.origin") == "null"
    assert page.run("(() => { try { return !localStorage; } catch { return 'blocked'; } })()") == "blocked"
    assert page.run("keeper.signOut(() => 'signed out')") == "signed out"
    assert page.run("[count('onExpired'), thrown.length]") == [0, 0]
