"""Nobody is logged out mid-task, whoever should be out is: in a real browser, at the running service."""

from __future__ import annotations

import pytest

from tests.browser.conftest import HOUR, MINUTE, SECOND

REFUSED = "status of 401"
OUTAGE = "status of 503"


def test_user_at_work_for_more_than_8_hours_is_not_logged_out(user, demo):
    """Nine hours with input every five minutes: refreshed all along, while the first cookie's token has expired."""
    page = user.sign_in()
    first = user.cookie()["value"]
    began = demo.now()
    while demo.now() < began + 9 * HOUR:
        user.pass_time(5 * MINUTE)
        page.mouse.move(demo.now() % 300, 200)
        user.wait(lambda: demo.now() - user.answers[-1][0] <= 17 * MINUTE, "the timer's refresh")
    assert set(user.statuses) == {200}
    assert 30 <= len(user.statuses) <= 42  # every 13.5 to 16.5 minutes, seen every 5
    assert page.get_by_role("heading", name="Overview").is_visible()
    assert demo.refresh(first).status == 401
    assert demo.refresh(user.cookie()["value"]).status == 200


def test_timer_refreshes_after_its_interval(user):
    """No other cause is needed: 17 minutes later the session is refreshed, by the timer."""
    page = user.sign_in()
    user.pass_time(13 * MINUTE)
    page.locator("#due", has_text="in 2 min").wait_for()
    assert user.attempts == 1
    user.pass_time(4 * MINUTE)
    user.refreshed("timer", page)
    assert user.statuses == [200, 200]


def test_window_that_gains_focus_refreshes(user):
    """Two windows: the one that the user goes back to refreshes."""
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
    """Going through the page's controls is input, and no return to the window."""
    page = user.sign_in()
    user.pass_time(2 * MINUTE)
    for _ in range(4):
        page.keyboard.press("Tab")
    page.get_by_role("link", name="Activity", exact=True).click()
    user.refreshed("route", page)
    assert page.locator("#events [data-reason=focus]").count() == 0


def test_tab_that_becomes_visible_refreshes(user):
    """A headless browser hides no tab, so the page is told that it was."""
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
    """By a link, and by the browser's back button."""
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
    """Within the minimum gap, nothing refreshes again, and the page says so."""
    page = user.sign_in()
    for name in ("Activity", "Overview", "Activity", "Overview"):
        page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name="Refresh now").click()
    page.get_by_text("Not yet: the latest attempt is too recent.").wait_for()
    assert user.attempts == 1


def test_five_tabs_make_one_refresh(user):
    """When the timers of five tabs are due at once, one asks, and all are told by which."""
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


def test_idle_users_session_ends(user):
    """Half an hour without input: nothing refreshes any more, and after 8 hours the session is over."""
    page = user.sign_in()
    user.pass_time(16.6 * MINUTE)
    user.refreshed("timer", page)
    for _ in range(18):
        user.pass_time(30 * MINUTE)
    page.locator("#badge", has_text="Idle").wait_for()
    assert user.statuses == [200, 200]
    user.expected.add(REFUSED)
    page.mouse.move(100, 100)
    page.get_by_role("heading", name="Your session is over").wait_for()
    assert user.statuses == [200, 200, 401]


def test_user_who_plays_idle_is_idle(user):
    """The button keeps all input from the keeper, until it is pressed again."""
    page = user.sign_in("quick")
    page.get_by_role("button", name="Go idle").click()
    user.pass_time(50 * SECOND)
    page.locator("#badge", has_text="Idle").wait_for()
    before = user.attempts
    page.mouse.move(50, 50)
    page.keyboard.press("a")
    user.pass_time(50 * SECOND)
    page.locator("#due", has_text="rests").wait_for()
    assert user.attempts == before
    page.get_by_role("button", name="Come back").click()
    user.refreshed("activity", page)


def test_revoked_session_is_over_in_every_tab_once(user):
    """One tab asks and gets the 401; each of the three signs out, once, and asks no more."""
    page = user.sign_in()
    tabs = [page, user.tab(), user.tab()]
    page.get_by_role("button", name="Revoke").click()
    for tab in tabs:
        tab.locator("#badge", has_text="Revoked").wait_for()
    user.expected.add(REFUSED)
    user.pass_time(17 * MINUTE)
    for tab in tabs:
        tab.get_by_role("heading", name="Your session is over").wait_for()
        assert tab.get_by_text("It was revoked.").is_visible()
    user.pass_time(HOUR)
    for tab in tabs:
        assert tab.locator("#events [data-kind=expired]").count() == 1
    assert user.statuses.count(401) == 1


def test_signing_in_again_begins_in_every_tab(user):
    """After a revocation, a new sign-in in one tab is one in all, with a session of its own."""
    page = user.sign_in()
    other = user.tab()
    was = page.locator("#sid").text_content()
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    user.expected.add(REFUSED)
    user.pass_time(17 * MINUTE)
    for tab in (page, other):
        tab.get_by_role("heading", name="Your session is over").wait_for()
    other.get_by_role("button", name="Sign in as demo-user").click()
    for tab in (page, other):
        tab.get_by_role("heading", name="Overview").wait_for()
    assert page.locator("#sid").text_content() == other.locator("#sid").text_content() != was
    assert page.locator("#badge").text_content() == "Active"


@pytest.mark.parametrize("pace", ["real", "quick"])
def test_outage_of_two_minutes_logs_nobody_out(user, pace):
    """Refreshes fail and are tried again, in no haste; when the service is back, the session goes on."""
    page = user.sign_in(pace)
    page.get_by_role("button", name="Outage, 2 min").click()
    page.get_by_role("button", name="End the outage").wait_for()
    user.expected.add(OUTAGE)
    user.pass_time(61 * SECOND if pace == "real" else 23 * SECOND)
    if pace == "real":
        page.get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]").first.wait_for(state="attached")
    for _ in range(3):
        user.pass_time(10 * SECOND)
        page.mouse.move(user.demo.now() % 300, 200)
        page.locator("#badge", has_text="Outage").wait_for()
    failed = user.statuses.count(503)
    assert 1 <= failed <= 8
    user.pass_time(2 * MINUTE)
    page.mouse.move(10, 200)
    page.locator("#badge", has_text="Active").wait_for()
    user.wait(lambda: user.statuses[-1] == 200, "a refresh after the outage")
    assert set(user.statuses) == {200, 503}
    assert page.get_by_role("heading", name="Overview").is_visible()


def test_unreachable_service_logs_nobody_out(user):
    """No network: the keeper backs off; with the network back, the session goes on."""
    page = user.sign_in()
    user.pass_time(2 * MINUTE)
    user.expected.add("ERR_INTERNET_DISCONNECTED")
    user.context.set_offline(True)
    page.get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]", has_text="no answer").first.wait_for(state="attached")
    user.context.set_offline(False)
    user.pass_time(MINUTE)
    user.wait(lambda: len(user.answers) == 2, "a refresh")
    page.locator("#badge", has_text="Active").wait_for()
    assert user.statuses == [200, 200]


def test_cookie_is_invisible_to_scripts(user):
    """No script can read the session's cookie: it is HttpOnly, and the demo tells the page no more than its claims."""
    page = user.sign_in()
    cookie = user.cookie()
    assert {name: cookie[name] for name in ("httpOnly", "secure", "sameSite", "path")} == {
        "httpOnly": True, "secure": True, "sameSite": "Lax", "path": "/",
    }  # fmt: skip
    assert page.evaluate("document.cookie") == ""
    seen = page.evaluate(
        """async () => JSON.stringify([
            await (await fetch('/demo/session')).text(),
            [...(await fetch('/api/v1/auth/refresh', { method: 'POST' })).headers],
            await cookieStore.getAll(), { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML,
        ])"""
    )
    assert "eyJ" not in seen
    assert "set-cookie" not in seen.lower()


def test_dashboard_on_an_allowed_origin_works(user, demo, elsewhere):
    """Another port is another origin. localhost is on the allow-list, and SameSite=Lax lets a site's own pages ask."""
    demo_on = f"http://localhost:{demo.port}"
    page = user.open(f"{demo_on}/demo/")
    page.get_by_role("button", name="Sign in as demo-user").click()
    user.refreshed("start", page)
    page.close()
    page = user.open(f"http://localhost:{elsewhere}/?service={demo_on}")
    page.locator("#refreshed", has_text="1").wait_for()
    assert user.statuses == [200, 200]
    assert page.locator("#failed").text_content() == "0"


def test_dashboard_on_another_origin_does_not(user, demo, elsewhere):
    """127.0.0.1 with that port is not on the list: nothing is refreshed, nothing can be read, nobody is logged out."""
    user.sign_in().close()
    before = user.cookie()["value"]
    user.expected |= {"blocked by CORS policy", "net::ERR_FAILED", "status of 403"}
    page = user.open(f"http://127.0.0.1:{elsewhere}/?service=http://127.0.0.1:{demo.port}")
    page.locator("#failed", has_text="1").wait_for()
    assert page.locator("#refreshed").text_content() == page.locator("#over").text_content() == "0"
    assert user.cookie()["value"] == before
