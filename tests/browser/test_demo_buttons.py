"""The demo's buttons: they say what failed, work again, act once, and never contradict what the page shows."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.browser.demo_service import MINUTE, SECOND

FAILURES = {
    "no answer": (lambda route: route.abort(), "no answer", "ERR_FAILED"),
    "403": (lambda route: route.fulfill(status=403), "the service answered 403", "status of 403"),
    "503": (lambda route: route.fulfill(status=503), "the service answered 503", "status of 503"),
    "a proxy's page": (lambda route: route.fulfill(status=200, body="<p>Hello"), "an unreadable answer", "none"),
}
ACTIONS = {
    "Revoke": ("revoke", "Not revoked"),
    "Outage, 30 s": ("outage?*", "No outage"),
    "Outage, 2 min": ("outage?*", "No outage"),
}
HERO = "section[aria-labelledby=session-title]"


@contextmanager
def failing(user, page, path, failure):
    """Has the page's calls of one of the demo's actions fail. Its value is what the page says of that."""
    answer, why, complaint = FAILURES[failure]
    user.expected.add(complaint)
    page.route(f"**/demo/{path}", answer)
    yield why
    page.unroute(f"**/demo/{path}")


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("name", ACTIONS)
def test_button_that_fails_says_so_and_works_again(user, name, failure):
    """The news line says what failed and why. The next press of the button does what it says."""
    page = user.sign_in()
    path, words = ACTIONS[name]
    with failing(user, page, path, failure) as why:
        page.get_by_role("button", name=name).click()
        page.get_by_role("status").get_by_text(f"{words}: {why}").wait_for()
        assert page.locator("#badge").text_content() == "Active"
    page.get_by_role("button", name=name).click()
    page.locator("#badge", has_text="Revoked" if name == "Revoke" else "Outage").wait_for()
    if name != "Revoke":
        with failing(user, page, path, failure) as why:
            page.get_by_role("button", name="End the outage").click()
            page.get_by_role("status").get_by_text(f"The outage goes on: {why}").wait_for()
        page.get_by_role("button", name="End the outage").click()
        page.locator("#badge", has_text="Active").wait_for()


@pytest.mark.parametrize("failure", FAILURES)
def test_sign_in_that_fails_says_so_and_works_again(user, failure):
    """The sign-in view has a news line of its own, which is empty again once the session begins."""
    page = user.open()
    with failing(user, page, "sign-in", failure) as why:
        page.get_by_role("button", name="Sign in as demo-user").click()
        page.get_by_role("status").get_by_text(f"Not signed in: {why}").wait_for()
    page.get_by_role("button", name="Sign in as demo-user").click()
    page.get_by_role("heading", name="Overview").wait_for()
    assert page.locator("#sign-in-news").text_content() == ""


def test_page_that_cannot_read_its_session_says_so(user):
    """It shows the sign-in, since it knows of no session, but says that there may be one."""
    user.sign_in()
    user.expected.add("status of 503")
    user.context.route("**/demo/session", lambda route: route.fulfill(status=503))
    page = user.open()
    page.get_by_role("status").get_by_text("Your session could not be read: the service answered 503").wait_for()


def test_second_click_while_a_call_is_under_way_does_nothing(user):
    """The button keeps the focus, says that it is busy, and sends one call."""
    page = user.sign_in()
    held = []
    page.route("**/demo/revoke", lambda route: held.append(route))
    button = page.get_by_role("button", name="Revoke")
    button.click()
    user.wait(lambda: held, "the call")
    assert button.get_attribute("aria-disabled") == "true"
    button.click(force=True)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "revoke"
    assert len(held) == 1
    held[0].continue_()
    page.locator("#badge", has_text="Revoked").wait_for()
    assert len(held) == 1


@pytest.mark.parametrize(("name", "after"), [("Go idle", "Come back"), ("Outage, 30 s", "End the outage")])
def test_double_click_is_one_click(user, name, after):
    """A button that becomes its opposite is not pressed twice by a double click."""
    page = user.sign_in()
    page.get_by_role("button", name=name).dblclick()
    page.get_by_role("button", name=after).wait_for()
    user.pass_time(SECOND)
    assert page.get_by_role("button", name=after).is_visible()
    page.get_by_role("button", name=after).click()
    page.get_by_role("button", name=name).wait_for()


def test_refresh_that_comes_too_early_says_when_it_is_possible(user):
    """Both as a duration and as a time of day, which stays true."""
    page = user.sign_in()
    user.pass_time(20 * SECOND)
    page.get_by_role("button", name="Refresh now").click()
    page.get_by_text("Not yet: the latest attempt is too recent. Possible in").wait_for()
    told = page.locator("#news").text_content() or ""
    in_seconds, at = told.split("Possible in ")[1].rstrip(".").split(" s, at ")
    assert 35 <= int(in_seconds) <= 40
    assert len(at) == len("12:34:56")
    user.pass_time(int(in_seconds))
    page.get_by_role("button", name="Refresh now").click()
    user.refreshed("manual", page)


def test_refresh_after_a_failure_says_when_it_is_possible(user):
    """It is what the service asked for with Retry-After, not the minimum gap."""
    page = user.sign_in()
    user.expected.add("status of 503")
    user.pass_time(MINUTE)
    page.get_by_role("button", name="Outage, 2 min").click()
    page.locator("#badge", has_text="Outage").wait_for()
    page.get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]").wait_for(state="attached")
    page.get_by_role("button", name="Refresh now").click()
    told = page.get_by_text("Not yet: the latest attempt is too recent. Possible in").text_content() or ""
    assert 1 <= int(told.split("Possible in ")[1].split(" s")[0]) <= 6
    user.pass_time(2 * MINUTE)


def test_revoked_session_promises_no_time(user):
    """The page says that the next refresh is refused; no countdown of the cookie stands beside it, in any tab."""
    page = user.sign_in("quick")
    page.reload()
    other = user.tab()
    assert " left" in (page.locator(HERO).text_content() or "")
    page.get_by_role("button", name="Revoke").click()
    for tab in (page, other):
        tab.locator("#badge", has_text="Revoked").wait_for()
        shown = tab.locator(HERO).inner_text()
        assert "will be refused" in shown
        assert "left" not in shown
        assert tab.locator("#left-bar").get_attribute("value") == "0"
        assert tab.locator("#end").text_content() == "next refresh"
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("status").get_by_text("Already revoked").wait_for()
    page.get_by_role("radio", name="Real").check()  # starts a new keeper
    assert page.locator("#badge").text_content() == "Revoked"


def test_new_session_is_not_shown_as_revoked(user):
    """A sign-in in a new tab, while the others still show the revoked session, begins anew in all."""
    page = user.sign_in()
    was = page.locator("#sid").text_content()
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    other = user.open()
    other.get_by_role("button", name="Sign in as demo-user").click()
    other.get_by_role("heading", name="Overview").wait_for()
    page.locator("#badge", has_text="Active").wait_for()
    assert page.locator("#sid").text_content() == other.locator("#sid").text_content() != was


def test_large_bar_moves_at_the_quick_pace(user):
    """The large figure and bar tell the time to the next refresh; the cookie's life is told beside it."""
    page = user.sign_in("quick")
    figure, bar = page.locator("#due"), page.locator("#due-bar")
    was = bar.evaluate("bar => bar.position * bar.offsetWidth")
    user.pass_time(5 * SECOND)
    user.wait(lambda: was - bar.evaluate("bar => bar.position * bar.offsetWidth") > 50, "a bar that moved")
    assert bar.evaluate("bar => bar.offsetHeight") > page.locator("#left-bar").evaluate("bar => bar.offsetHeight")
    assert figure.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") > 30
    assert (page.locator("#left").text_content() or "").startswith("7:59:")
