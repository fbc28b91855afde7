"""What tests do on the page /docs."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


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


def sign_in(page: Page, token: str) -> None:
    """Gives the browser the session's cookie, as a login service would."""
    page.context.add_cookies([{
        "name": "vk_org_token", "value": token, "domain": "127.0.0.1", "path": "/",
        "httpOnly": True, "secure": True, "sameSite": "Lax",
    }])  # fmt: skip


def execute(page: Page) -> str:
    """Presses Execute; the status of the live answer."""
    page.get_by_role("button", name="Execute").click()
    status = page.locator(".live-responses-table .response .response-col_status").first
    expect(status).to_have_text(re.compile(r"^\d{3}"))
    return (status.text_content() or "")[:3]


def paste(page: Page, text: str) -> None:
    """Pastes `text` under Authorize as the session cookie. What was pasted before is logged out, as the dialog asks."""
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".auth-container", has_text="sessionCookie").first
    logout = dialog.get_by_role("button", name="Remove authorization")
    if logout.is_visible():
        logout.click()
    dialog.get_by_role("textbox").fill(text)
    dialog.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()


def open_everything(page: Page) -> None:
    """Unfolds every part of the page."""
    for toggle in page.locator(".model-box-control, .models-control, .parameter__name, a.tablinks, .tablinks").all():
        if toggle.is_visible():
            toggle.evaluate("element => element.click()")
