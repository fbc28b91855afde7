"""/docs in a browser: a newcomer pastes the development token, presses Execute, and sees 200."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.docs_page import execute, open_everything, paste, sign_in, watch


@pytest.fixture
def page(chromium: Browser):
    """A page of a fresh profile."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def test_try_it_out_answers_200_with_the_cookie_of_the_browser(page, service):
    """With a session cookie in the browser, the documented call works from the page without errors."""
    wrong = watch(page)
    url = f"http://127.0.0.1:{service.port}"
    sign_in(page, service.login())
    page.goto(f"{url}/docs")
    assert execute(page) == "200"
    expect(page.locator(".live-responses-table .response .response-col_description").first).to_contain_text(
        '"refreshed": true'
    )
    assert not wrong


def session(page: Page) -> Any:
    """The sid in the browser's one session cookie."""
    [token] = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "vk_org_token"]
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sid"]


def test_try_it_out_answers_200_with_the_token_pasted_under_authorize(page, service):
    """A token printed by `session-refresh login` and pasted under Authorize becomes the browser's cookie."""
    wrong = watch(page)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    paste(page, service.login())
    assert execute(page) == "200"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["vk_org_token"]["httpOnly"], "the service's answer has taken the place of what was pasted"
    assert not wrong


@pytest.mark.parametrize("reload", [False, True], ids=["in one go", "after a reload"])
def test_second_token_takes_the_place_of_the_first(page, service, reload):
    """Also of the HttpOnly cookie that the first call left in the browser."""
    wrong = watch(page)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    for sid in ("first", "second"):
        paste(page, service.login(sid=sid))
        assert execute(page) == "200"
        assert session(page) == sid
        if reload:
            page.reload()
    assert not wrong


def test_token_is_sent_in_place_of_a_cookie_set_meanwhile(page, service):
    """Another tab has signed in since: the call is still made, and shown, with what was pasted here."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    paste(page, service.login(sid="pasted"))
    assert execute(page) == "200"
    sign_in(page, service.login(sid="other tab"))
    with page.expect_response("**/api/v1/auth/refresh") as answered:
        page.get_by_role("button", name="Execute").click()
    assert answered.value.status == 200
    assert session(page) == "pasted"


def test_logout_removes_the_cookie(page, service):
    """The browser is signed out, as the button says, and the next call is a 401."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    paste(page, service.login())
    assert execute(page) == "200"
    page.get_by_role("button", name="Authorize").first.click()
    with page.expect_response("**/docs/sign-out"):
        page.get_by_role("button", name="Remove authorization").first.click()
    assert page.context.cookies() == []
    page.get_by_role("button", name="Close").first.click()
    with page.expect_response("**/api/v1/auth/refresh") as answered:
        page.get_by_role("button", name="Execute").click()
    assert answered.value.status == 401


PASTED = {
    "blanks": "  {}\t ",
    "a cookie": "vk_org_token={}",
    "quotes": '"{}"',
    "a quoted cookie": " 'vk_org_token={}' ",
    "a header": "Cookie: vk_org_token={}",
    "a header with others": "cookie: theme=dark; vk_org_token={}; lang=en",
    "a response's header": "set-cookie: vk_org_token={}; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax",
    "a curl": "curl -i -X POST http://127.0.0.1:8080/api/v1/auth/refresh -H 'Cookie: vk_org_token={}' -d '{{}}'",
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_token_is_found_in_what_is_pasted(page, service, text):
    """Blanks, quotes, the cookie's name and what else people copy along are left off."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    token = service.login(sid="pasted")
    paste(page, text.format(token))
    assert execute(page) == "200"
    assert session(page) == "pasted"
    assert f"'Cookie: vk_org_token={token}'" in (page.locator(".curl").first.text_content() or "")


def test_curl_works_in_a_shell(page, service):
    """The command that the page shows, pasted into a shell, gets a 200 for the session of the token that was pasted."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    paste(page, service.login(sid="from the shell"))
    assert execute(page) == "200"
    command = page.locator(".curl").first.text_content() or ""
    done = subprocess.run(["sh", "-c", f"{command} -s -i"], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.startswith("HTTP/1.1 200 "), done.stdout
    assert done.stdout.endswith('{"refreshed":true}') or '"refreshed": true' in done.stdout


def test_without_a_token_no_curl_is_shown(page, service):
    """It would get a 401. The page says how to get one that works."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    assert execute(page) == "401"
    expect(page.locator(".no-curl")).to_contain_text("paste a token under Authorize")
    assert page.locator(".curl").count() == 0


def test_token_that_no_browser_keeps_is_explained(page, service):
    """Longer than a cookie may be: the page says why there was no call."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    paste(page, "x" * 4085)
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text("did not keep the token as a cookie")


def test_page_begins_with_what_a_newcomer_needs(page, service):
    """What this is, the one call, how to get a token, what a good answer looks like, and the document for tools."""
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    intro = page.get_by_role("banner")
    for text in (
        "signed in", "/api/v1/auth/refresh", "session-refresh login --sub you --org yours", "Authorize",
        '{"refreshed": true}', "sign in again",
    ):  # fmt: skip
        expect(intro).to_contain_text(text)
    assert [link.get_attribute("href") for link in intro.get_by_role("link").all()] == [
        "openapi.yaml", "openapi.json", "docs.md",
    ]  # fmt: skip


def test_everything_on_the_page_can_be_opened(page, service):
    """Every part of the page can be unfolded without a violation of the page's policy."""
    wrong = watch(page)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    page.get_by_role("button", name="Execute").wait_for()
    open_everything(page)
    assert not wrong
