"""What makes the page refresh its session: a timer, focus, visibility, a change of route; once for all tabs."""

from __future__ import annotations

from tests.browser.demo_service import MINUTE, SECOND


def test_timer_refreshes_after_its_interval(user):
    """After 17 minutes without any other trigger, the timer has refreshed the session."""
    page = user.sign_in()
    user.pass_time(13 * MINUTE)
    page.locator("#due", has_text="in 2 min").wait_for()
    assert user.attempts == 1
    user.pass_time(4 * MINUTE)
    user.refreshed("timer", page)
    assert user.statuses == [200, 200]


def test_window_that_gains_focus_refreshes(user):
    """Of two windows, the one that gets the focus back refreshes."""
    page = user.sign_in()
    other = user.tab()
    for tab in (page, other):  # Playwright has every tab think that it has the focus
        user.context.new_cdp_session(tab).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other.bring_to_front()
    user.pass_time(2 * MINUTE)
    assert not page.evaluate("document.hasFocus()")
    page.bring_to_front()
    user.refreshed("focus", page, other)
    assert [tab for _, _, tab in user.answers] == [page, page]


def test_focus_that_moves_inside_the_page_does_not_refresh(user):
    """Moving through the page's controls does not count as a return to the window."""
    page = user.sign_in()
    user.pass_time(2 * MINUTE)
    for _ in range(4):
        page.keyboard.press("Tab")
    page.get_by_role("link", name="Activity", exact=True).click()
    user.refreshed("route", page)
    assert page.locator("#events [data-reason=focus]").count() == 0


def test_tab_that_becomes_visible_refreshes(user):
    """A tab that was hidden refreshes. The headless browser hides no tab, so the test tells the page that it was."""
    page = user.sign_in()
    show = """state => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }"""
    page.evaluate(show, "hidden")
    user.pass_time(2 * MINUTE)
    assert user.attempts == 1
    page.evaluate(show, "visible")
    user.refreshed("visible", page)


def test_change_of_route_refreshes(user):
    """A link to another route refreshes, and so does the browser's back button."""
    page = user.sign_in()
    user.pass_time(2 * MINUTE)
    page.get_by_role("link", name="Activity", exact=True).click()
    user.refreshed("route", page)
    assert page.url == user.demo.url + "activity"
    user.pass_time(2 * MINUTE)
    page.go_back()
    user.refreshed("route", page, times=2)
    assert page.get_by_role("heading", name="Overview").is_visible()
    assert user.statuses == [200, 200, 200]


def test_triggers_in_a_burst_are_one_refresh(user):
    """Further triggers within the minimum gap refresh nothing, and the page says so."""
    page = user.sign_in()
    for name in ("Activity", "Overview", "Activity", "Overview"):
        page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name="Refresh now").click()
    page.get_by_text("Not yet: the latest attempt is too recent.").wait_for()
    assert user.attempts == 1


def test_five_tabs_make_one_refresh(user):
    """When the timers of five tabs are due at once, one tab refreshes and tells the others."""
    page = user.sign_in()
    tabs = [page, *(user.tab() for _ in range(4))]
    before = user.attempts
    user.pass_time(17 * MINUTE)
    user.refreshed("timer", *tabs)
    tellers = {tab.locator("#events [data-reason=timer]").get_attribute("data-tab") for tab in tabs}
    assert len(tellers) == 1
    user.pass_time(30 * SECOND)
    page.locator("#due", has_text="in 1").wait_for()
    assert user.attempts == before + 1
