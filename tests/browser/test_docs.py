"""/docs in a browser: a newcomer pastes the development token, presses Execute, and sees 200."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def page(chromium: Browser):
    """A page of a fresh profile."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def watch(page: Page) -> list[str]:
    """Collects what goes wrong on the page from now on: errors, violations of its policy, requests to other origins."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if "//127.0.0.1:" in request.url else wrong.append(request.url))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective))"
    )
    return wrong


def execute(page: Page) -> str:
    """Presses Execute; the status of the live answer."""
    page.get_by_role("button", name="Execute").click()
    status = page.locator(".live-responses-table .response .response-col_status").first
    expect(status).to_have_text(re.compile(r"^\d{3}"))
    return (status.text_content() or "")[:3]


def test_try_it_out_answers_200_with_the_cookie_of_the_browser(page, service):
    """With a session cookie in the browser, the documented call works from the page without errors."""
    wrong = watch(page)
    url = f"http://127.0.0.1:{service.port}"
    page.context.add_cookies([{
        "name": "vk_org_token", "value": service.login(), "domain": "127.0.0.1", "path": "/",
        "httpOnly": True, "secure": True, "sameSite": "Lax",
    }])  # fmt: skip
    page.goto(f"{url}/docs")
    assert execute(page) == "200"
    expect(page.locator(".live-responses-table .response .response-col_description").first).to_contain_text(
        '"refreshed": true'
    )
    assert not wrong


def test_try_it_out_answers_200_with_the_token_pasted_under_authorize(page, service):
    """A token printed by `session-refresh login` and pasted under Authorize becomes the browser's cookie."""
    wrong = watch(page)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".auth-container", has_text="sessionCookie").first
    dialog.get_by_role("textbox").fill(service.login())
    dialog.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()
    assert execute(page) == "200"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["vk_org_token"]["httpOnly"], "the service's answer has taken the place of what was pasted"
    assert not wrong


def test_everything_on_the_page_can_be_opened(page, service):
    """Every part of the page can be unfolded without a violation of the page's policy."""
    wrong = watch(page)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    page.get_by_role("button", name="Execute").wait_for()
    for toggle in page.locator(".model-box-control, .models-control, .parameter__name, a.tablinks, .tablinks").all():
        if toggle.is_visible():
            toggle.click()
    assert not wrong
