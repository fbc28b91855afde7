"""/docs as it looks: on a phone, and in light and dark."""

from __future__ import annotations

import pytest

from tests.browser.docs_page import execute, open_everything, paste
from tests.browser.test_demo import AXE

# What a click changes is drawn, and all colours have faded in.
STILL = """async () => {
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    await Promise.allSettled(document.getAnimations().map(animation => animation.finished));
}"""
PHONES = {"width": 390, "height": 844}, {"width": 320, "height": 640}


@pytest.mark.parametrize("viewport", PHONES, ids=["390", "320"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(chromium, service, scheme, viewport):
    """There is no sideways scroll, with everything unfolded, a token pasted and an answer shown."""
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    paste(page, service.login())
    assert execute(page) == "200"
    open_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".auth-container").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(chromium, service, scheme):
    """axe finds no text with too little contrast (WCAG 2.2, 1.4.3): the page, unfolded, and the dialog."""
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    found: list[str] = []
    page.evaluate(AXE.read_text() + "; 0")  # not a script element: the page's policy allows none
    check = "async () => (await axe.run({ runOnly: ['color-contrast'] })).violations"

    def look() -> None:
        page.evaluate(STILL)
        found.extend(node["failureSummary"] for rule in page.evaluate(check) for node in rule["nodes"])

    assert execute(page) == "401"
    open_everything(page)
    look()
    page.get_by_role("button", name="Authorize").first.click()
    look()
    page.get_by_role("button", name="Close").first.click()
    paste(page, service.login())
    page.get_by_role("button", name="Authorize").first.click()
    look()
    page.get_by_role("button", name="Close").first.click()
    assert execute(page)
    look()
    assert found == []
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    context.close()
