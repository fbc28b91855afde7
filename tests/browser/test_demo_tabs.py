"""The demo's tabs know of each other at once: one that opens, one that closes, one that changes its pace."""

from __future__ import annotations

import re

from tests.browser.demo_service import SECOND


def lanes(page) -> list[str]:
    """The names of the timeline's lanes."""
    names: list[str] = page.locator("#timeline .name").all_text_contents()
    return names


def name_of(page) -> str:
    """What other tabs call this one."""
    return "tab " + (page.locator("#tab").text_content() or "").split()[-1]


def test_new_tab_is_seen_at_once_in_every_tab(user):
    """It has a lane and an event in all tabs before it has refreshed anything, and sees the lanes of the others."""
    page = user.sign_in()
    others = [user.tab(), user.tab()]
    tabs = [page, *others]
    for tab in tabs:
        user.wait(lambda tab=tab: len(lanes(tab)) == 3, "three lanes")
        assert set(lanes(tab)) == {"this tab", *(name_of(other) for other in tabs if other is not tab)}
        joined = tab.locator("#latest [data-kind=joined]", has_text="this tab")
        assert joined.count() == 1
    assert page.locator("#latest [data-kind=joined]", has_text=name_of(others[1])).count() == 1
    assert user.attempts == 1


def test_closed_tab_goes_away_at_once(user):
    """Its lane goes, an event says so, and its refreshes stay, in a lane for tabs that are closed."""
    page = user.sign_in("quick")
    other, idle = user.tab(), user.tab()
    user.pass_time(6 * SECOND)
    other.get_by_role("button", name="Refresh now").click()
    user.refreshed("manual", page)
    for closing in (idle, other):
        name = name_of(closing)
        assert name in lanes(page)
        closing.goto("about:blank")
        page.locator("#latest [data-kind=closed]", has_text=name).wait_for()
        assert name not in lanes(page)
    assert lanes(page) == ["this tab", "closed tabs"]
    assert "1 by closed tabs" in (page.locator("#timeline").get_attribute("aria-label") or "")


def test_tab_that_comes_back_from_the_browsers_cache_is_there_again(user):
    """A page that the browser kept, and shows again, joins again."""
    page = user.sign_in()
    other = user.tab()
    name = name_of(other)
    other.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.locator("#latest [data-kind=closed]").wait_for()
    other.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    user.wait(lambda: name in lanes(page), "its lane")


def test_change_of_pace_opens_no_tab(user):
    """All tabs start a new keeper, but stay the tabs that they were, and no refresh is listed twice."""
    page = user.sign_in()
    other = user.tab()
    names = [name_of(page), name_of(other)]
    user.wait(lambda: len(lanes(page)) == len(lanes(other)) == 2, "two lanes")
    user.pass_time(10 * SECOND)
    other.get_by_role("radio", name="Quick").check()
    page.locator("#due", has_text=re.compile(r"^in \d+ s$")).wait_for()
    other.get_by_role("button", name="Refresh now").click()
    user.refreshed("manual", page, other)
    assert [name_of(page), name_of(other)] == names
    assert lanes(page) == ["this tab", names[1]]
    assert page.locator("#events [data-reason=manual]").get_attribute("data-tab") == names[1].split()[-1]
    assert page.locator("#events [data-reason=start]").count() == 1
    assert page.locator("#events [data-kind=joined]").count() == 2
