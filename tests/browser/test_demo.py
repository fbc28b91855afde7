"""The demo's page: accessible, usable by keyboard, under a strict policy; and how it looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.demo_service import MINUTE, SECOND
from tests.browser.other_origin import DASHBOARD

AXE = DASHBOARD / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).with_name("pictures")
DESK, PHONE = {"width": 1100, "height": 900}, {"width": 390, "height": 844}


def findings(page: Page) -> list[tuple[str, str, str]]:
    """What axe has against the page, by its rules for WCAG 2.2 AA and its best practices."""
    page.evaluate(AXE.read_text() + "; 0")  # not a script element: the page's policy allows none
    found = page.evaluate("async () => (await axe.run()).violations")
    return [(rule["id"], node["html"], node["failureSummary"]) for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_against_any_view(new_user, scheme, viewport):
    """The accessibility checker axe finds no fault in any state of the page."""
    user = new_user(color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    page = user.open()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert findings(page) == []
    user.expected.add("ERR_FAILED")
    page.route("**/demo/sign-in", lambda route: route.abort())
    page.get_by_role("button", name="Sign in as demo-user").click()
    page.get_by_role("status").get_by_text("Not signed in").wait_for()
    assert findings(page) == []
    page = user.sign_in()
    assert findings(page) == []
    page.get_by_role("button", name="Outage, 2 min").click()
    user.expected.add("status of 503")
    user.pass_time(62 * SECOND)
    page.get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]").first.wait_for(state="attached")
    assert findings(page) == []
    page.get_by_role("link", name="Activity", exact=True).click()
    assert findings(page) == []
    page.get_by_role("link", name="Overview", exact=True).click()
    user.pass_time(31 * MINUTE)
    page.locator("#badge", has_text="Idle").wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    assert findings(page) == []
    user.expected.add("status of 401")
    user.pass_time(17 * MINUTE, dated=True)
    page.get_by_role("heading", name="Your session is over").wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="Sign in again").click()
    page.locator("#badge", has_text="Active").wait_for()
    page.get_by_role("button", name="End in 1 min").click()
    page.get_by_role("heading", name="Your session ends soon").wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="You are signed out").wait_for()
    assert findings(page) == []


def test_everything_can_be_done_by_keyboard(user):
    """Tab reaches every control in order, shows which one has the focus, and Enter activates it."""
    page = user.open()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "sign-in"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Overview"  # for screen readers
    reached = []
    for _ in range(11):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => [document.activeElement.textContent || document.activeElement.value,
                      getComputedStyle(document.activeElement).outlineStyle]"""
        )
        assert outline == "solid", name
        reached.append(name)
    assert reached == [
        "Refresh now", "Open a tab", "Go idle", "Revoke", "Outage, 30 s", "Outage, 2 min", "End in 1 min", "Sign out",
        "quick", "", "All activity",
    ]  # fmt: skip
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Activity").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Activity"
    page.go_back()
    page.get_by_role("button", name="Revoke").focus()
    page.keyboard.press("Space")
    page.locator("#badge", has_text="Revoked").wait_for()


def test_first_tab_stop_skips_to_the_content(user):
    """The first press of Tab offers to skip the header."""
    page = user.sign_in()
    page.reload()
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_policy_stops_what_is_inline_or_from_elsewhere(user):
    """Markup that is injected into the page neither runs nor loads anything, and the browser reports the violation."""
    page = user.sign_in()
    user.expected |= {"policy", "Policy", "directive"}
    page.evaluate(
        """() => {
            for (const [name, set] of [['script', e => e.text = 'window.injected = true'],
                                       ['script', e => e.src = 'https://evil.example/x.js'],
                                       ['style', e => e.textContent = 'body { display: none }'],
                                       ['img', e => e.src = 'https://evil.example/x.png'],
                                       ['iframe', e => e.src = 'https://evil.example/']]) {
                const made = document.createElement(name); set(made); document.body.append(made);
            }
        }"""
    )
    directives = ("script-src-elem inline", "script-src-elem https", "style-src-elem inline", "img-src", "frame-src")
    for directive in directives:
        user.wait(lambda d=directive: any(d in text for text in user.complaints), directive)
    assert page.evaluate("window.injected") is None
    assert page.get_by_role("heading", name="Overview").is_visible()


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1600])
def test_nothing_is_wider_than_the_window(new_user, width):
    """No view needs horizontal scrolling, down to a width of 320 pixels (WCAG 1.4.10)."""
    user = new_user(viewport={"width": width, "height": 800})
    page = user.open()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.evaluate(overflow) <= 0
    page = user.sign_in("quick")
    assert page.evaluate(overflow) <= 0
    page.get_by_role("link", name="Activity", exact=True).click()
    assert page.evaluate(overflow) <= 0


@pytest.mark.parametrize(
    ("name", "scheme", "viewport"), [("light", "light", DESK), ("dark", "dark", DESK), ("narrow", "dark", PHONE)]
)
def test_picture_for_the_eye(new_user, name, scheme, viewport):
    """Pictures of a busy session with three tabs and an outage are written to pictures/."""
    user = new_user(color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    user.expected.add("status of 503")
    page = user.sign_in("quick")
    others = [user.tab(), user.tab()]
    for count, tab in enumerate((*others, page, others[0]), 1):
        user.pass_time(11 * SECOND)
        tab.get_by_role("button", name="Refresh now").click()
        user.refreshed("manual", *user.context.pages, times=count)
    page.get_by_role("button", name="Outage, 30 s").click()
    page.get_by_role("button", name="End the outage").wait_for()
    user.pass_time(9 * SECOND)
    others[1].get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]").first.wait_for(state="attached")
    user.pass_time(24 * SECOND)
    page.locator("#badge", has_text="Active").wait_for()
    user.pass_time(6 * SECOND)
    page.get_by_role("link", name="Activity", exact=True).click()
    page.screenshot(path=PICTURES / f"{name}-activity.png")
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("textbox", name="Your work").fill("Dear customer, thank you for your")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    page.get_by_role("button", name="End in 1 min").click()
    user.refreshed("resume", page)
    user.pass_time(25 * SECOND, dated=True)
    page.get_by_role("heading", name="Your session ends soon").wait_for()
    page.screenshot(path=PICTURES / f"{name}-ending.png", full_page=True)
    page.mouse.move(99, 99)
    user.expected.add("status of 401")
    user.pass_time(38 * SECOND, dated=True)
    page.get_by_role("heading", name="Your session is over").wait_for()
    page.screenshot(path=PICTURES / f"{name}-over.png", full_page=True)
    assert (PICTURES / f"{name}.png").stat().st_size > 10_000
