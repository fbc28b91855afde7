"""A user at work stays signed in; a user who is idle or revoked is signed out."""

from __future__ import annotations

from tests.browser.demo_service import HOUR, MINUTE, SECOND

REFUSED = "status of 401"


def test_user_at_work_for_more_than_8_hours_is_not_logged_out(user, demo):
    """With input every five minutes for nine hours, the session is refreshed while the first token has expired."""
    page = user.sign_in()
    first = user.cookie()["value"]
    began = demo.now()
    while demo.now() < began + 9 * HOUR:
        user.pass_time(5 * MINUTE)
        page.mouse.move(demo.now() % 300, 200)
        user.wait(lambda: demo.now() - user.answers[-1][0] <= 17 * MINUTE, "the timer's refresh")
    assert set(user.statuses) == {200}
    assert 30 <= len(user.statuses) <= 42  # one every 13.5 to 16.5 minutes, and the test looks every 5
    assert page.get_by_role("heading", name="Overview").is_visible()
    assert demo.refresh(first).status == 401
    assert demo.refresh(user.cookie()["value"]).status == 200


def test_idle_users_session_ends(user):
    """After half an hour without input nothing is refreshed, and after 8 hours the session is over."""
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
    """The button hides all input from the keeper until it is pressed again."""
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
    """One tab gets the 401. Each of the three tabs then signs out once, and sends nothing more."""
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
    """After a revocation, a sign-in in one tab is a new session in all tabs."""
    page = user.sign_in()
    other = user.tab()
    was = page.locator("#sid").text_content()
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    user.expected.add(REFUSED)
    user.pass_time(17 * MINUTE)
    for tab in (page, other):
        tab.get_by_role("heading", name="Your session is over").wait_for()
    other.get_by_role("button", name="Sign in again").click()
    for tab in (page, other):
        tab.get_by_role("heading", name="Your session is over").wait_for(state="hidden")
    assert page.locator("#sid").text_content() == other.locator("#sid").text_content() != was
    assert page.locator("#badge").text_content() == "Active"
