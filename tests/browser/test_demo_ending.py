"""The demo at the end of a session: it warns, loses no work, goes on after a sign-in, and signs out for good."""

from __future__ import annotations

from tests.browser.demo_service import MINUTE, SECOND
from tests.browser.test_demo_buttons import failing
from tests.browser.test_demo_tabs import name_of

REFUSED = "status of 401"
DRAFT = "half a sentence"


def write(page) -> None:
    """Half fills in the form."""
    page.get_by_role("textbox", name="Your work").fill(DRAFT)


def draft(page) -> str:
    """What is in the form."""
    return str(page.get_by_role("textbox", name="Your work").input_value())


def banner(page, title: str):
    """The banner with that title."""
    return page.get_by_role("alert").get_by_role("heading", name=title)


def end_soon(user, *tabs) -> None:
    """Lets the session reach its end in a minute, and waits until all tabs are warned, which is 40 s ahead."""
    tabs[0].get_by_role("button", name="End in 1 min").click()
    user.refreshed("resume", *tabs)
    assert [banner(tab, "Your session ends soon").is_visible() for tab in tabs] == [False] * len(tabs)
    user.pass_time(25 * SECOND, dated=True)
    for tab in tabs:
        banner(tab, "Your session ends soon").wait_for()


def test_warning_stands_in_every_tab_and_a_sign_in_takes_it_down(user):
    """It tells when the session ends. A new sign-in in one tab moves the end in all, and no work is lost."""
    page = user.sign_in("quick")
    other = user.tab()
    write(other)
    was = page.locator("#sid").text_content()
    end_soon(user, page, other)
    ends = [tab.locator("#end").text_content() or "?" for tab in (page, other)]
    told = [tab.locator("#ending-text").text_content() or "" for tab in (page, other)]
    assert ends[0] == ends[1]
    assert all(ends[0] in text for text in told)
    page.get_by_role("button", name="Sign in again").click()
    for tab in (page, other):
        banner(tab, "Your session ends soon").wait_for(state="hidden")
    sids = [tab.locator("#sid") for tab in (page, other)]
    user.wait(lambda: sids[0].text_content() == sids[1].text_content() != was, "the new session in both tabs")
    assert draft(other) == DRAFT
    user.pass_time(MINUTE)
    assert 401 not in user.statuses


def test_form_that_is_half_filled_in_survives_the_end_of_its_session(user):
    """All tabs say that it is over, once. After a sign-in in one of them all go on, as they were."""
    page = user.sign_in("quick")
    other = user.tab()
    for tab in (page, other):
        write(tab)
    name = name_of(other)
    end_soon(user, page, other)
    user.expected.add(REFUSED)
    page.mouse.move(99, 99)  # at work: nothing is asked for an idle user, until there is input
    user.pass_time(38 * SECOND, dated=True)
    for tab in (page, other):
        banner(tab, "Your session is over").wait_for()
        assert tab.locator("#badge").text_content() == "Over"
        tab.get_by_role("button", name="Refresh now").click()
        tab.get_by_role("status").get_by_text("Your session is over: sign in").wait_for()
    asked = user.attempts
    user.pass_time(10 * MINUTE)
    assert user.attempts == asked, "nothing is asked for a session that is over"
    other.get_by_role("button", name="Sign in again").click()
    for tab in (page, other):
        banner(tab, "Your session is over").wait_for(state="hidden")
        tab.locator("#badge", has_text="Active").wait_for()
    assert [draft(tab) for tab in (page, other)] == [DRAFT, DRAFT]
    assert name_of(other) == name
    assert user.statuses.count(401) == 1
    user.pass_time(25 * SECOND)
    user.refreshed("timer", page, other)


def test_new_tab_with_a_sign_in_sets_the_others_going_again(user):
    """The sign-in may be on a page of its own: what is loaded after it revives the pages that wait."""
    page = user.sign_in("quick")
    write(page)
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    user.expected.add(REFUSED)
    user.pass_time(25 * SECOND)
    banner(page, "Your session is over").wait_for()
    other = user.open()
    other.get_by_role("button", name="Sign in as demo-user").click()
    banner(page, "Your session is over").wait_for(state="hidden")
    page.locator("#badge", has_text="Active").wait_for()
    assert draft(page) == DRAFT


def test_sign_in_that_fails_is_told_where_it_was_asked_for(user):
    """The banner stays, and says why. The next press signs in."""
    page = user.sign_in("quick")
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    user.expected.add(REFUSED)
    user.pass_time(25 * SECOND)
    banner(page, "Your session is over").wait_for()
    with failing(user, page, "sign-in", "503") as why:
        page.get_by_role("button", name="Sign in again").click()
        page.get_by_role("alert").get_by_text(f"Not signed in: {why}").wait_for()
    page.get_by_role("button", name="Sign in again").click()
    banner(page, "Your session is over").wait_for(state="hidden")


def test_sign_out_is_for_every_tab_and_for_good(user, demo):
    """The session is revoked, the cookie is gone, and no tab shows anything of it: the next user may be another one."""
    page = user.sign_in()
    other = user.tab()
    write(other)
    token = user.cookie()["value"]
    page.get_by_role("button", name="Sign out").click()
    for tab in (page, other):
        tab.get_by_role("heading", name="You are signed out").wait_for()
        assert tab.locator("#draft").input_value() == ""
    assert user.cookie() is None
    user.wait(lambda: demo.refresh(token).status == 401, "the revocation in force")
    asked = user.attempts
    user.pass_time(30 * MINUTE)
    assert user.attempts == asked
    page.get_by_role("button", name="Sign in as demo-user").click()
    for tab in (page, other):
        tab.get_by_role("heading", name="Overview").wait_for()


def test_sign_out_that_fails_says_so_and_works_again(user):
    """The user is not told to be signed out while the cookie is still there."""
    page = user.sign_in()
    with failing(user, page, "sign-out", "503") as why:
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("status").get_by_text(f"Not signed out: {why}").wait_for()
        assert user.cookie()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="You are signed out").wait_for()
    assert user.cookie() is None
