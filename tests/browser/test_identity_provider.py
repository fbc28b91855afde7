"""A user signs in at a real identity provider, and signs out there: the dashboard's session ends in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.identity_provider import signed_on
from tests.support.service import Service
from tests.support.waiting import wait_for

BOUND = 2.0  # seconds, from the end of the identity provider's call


@pytest.fixture
def internal(tmp_path):
    """A service with an internal listener."""
    running = Service(tmp_path, "--internal", "127.0.0.1:0").start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def page(chromium):
    """A page of a fresh profile."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def sign_in(page: Page, url: str, name: str) -> None:
    """Signs in at the identity provider, and waits for the dashboard's page."""
    page.goto(url)
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()  # consent
    page.wait_for_url("**/work.html*")
    page.wait_for_function("window.keeper && count('onRefresh') > 0")


def sign_out(page: Page, issuer: str) -> None:
    """Signs out at the identity provider, in a tab of its own."""
    tab = page.context.new_page()
    tab.goto(f"{issuer}/session/end")
    tab.locator("button[value=yes]").click()


@pytest.mark.parametrize("session_required", [True, False], ids=["sid", "sub"])
def test_sign_out_at_the_identity_provider_ends_the_session_in_the_browser(internal, chromium, page, session_required):
    """Its logout token names the session, or the user alone. Within 2 s the page is told; others stay signed in."""
    with signed_on(internal, session_required=session_required) as (app, provider):
        login = f"http://127.0.0.1:{app.server_port}/login"
        sign_in(page, login, "ada")
        token = app.token
        other = chromium.new_context().new_page()
        sign_in(other, login, "grace")
        assert internal.refresh(token).status == 200
        sign_out(page, provider.issuer)
        wait_for(provider.told, "the logout token")
        wait_for(lambda: internal.refresh(token).status == 401, "the session's end", BOUND)
        page.wait_for_function("count('onExpired') === 1")
        assert [event.get("told") for event in provider.told()] == ["ada"]
        assert internal.refresh(app.token).status == 200
        assert other.evaluate("count('onExpired')") == 0
        other.context.close()
