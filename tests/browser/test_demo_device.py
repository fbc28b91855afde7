"""The demo over TLS, by Caddy: Chromium binds its session to this device, and a thief of the cookie is refused."""

from __future__ import annotations

import pytest
from typing_extensions import override

from tests.browser.demo_service import Demo
from tests.browser.device_browser import DeviceBrowser
from tests.browser.secure_app import certificate
from tests.support.proxy_process import ProxyProcess, need


class SecureDemo(ProxyProcess):
    """The demo at https://127.0.0.1, through Caddy."""

    def __init__(self, demo: Demo) -> None:
        super().__init__()
        self.demo = demo
        pem, self.fingerprint = certificate(self.folder)
        (self.folder / "Caddyfile").write_text(
            f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\nhttps://127.0.0.1:{self.port} {{\n"
            f"\ttls {pem} {pem}\n\treverse_proxy 127.0.0.1:{demo.port}\n}}\n"
        )

    @override
    def command(self) -> list[str]:
        return ["env", f"HOME={self.folder}", "caddy", "run", "--adapter", "caddyfile", "--config", "Caddyfile"]

    def url(self, _: str = "") -> str:
        """The demo's first page."""
        return f"https://127.0.0.1:{self.port}/demo/"


@pytest.fixture
def open_demo(playwright, tmp_path):
    """Opens a demo with these settings in a browser of its own."""
    need("caddy")
    running: list[Demo | SecureDemo] = []
    browsers: list[DeviceBrowser] = []

    def open_one(**settings: str) -> DeviceBrowser:
        demo = Demo(tmp_path, **settings)
        demo.start()
        proxy = SecureDemo(demo)
        running.extend((demo, proxy))
        proxy.start()
        browsers.append(DeviceBrowser(playwright, proxy, tmp_path / "profile"))
        return browsers[-1]

    yield open_one
    for browser in browsers:
        browser.close()
    for server in reversed(running):
        server.stop()


@pytest.fixture
def signed_in(open_demo):
    """A page of the demo that offers binding, after the sign-in."""
    page = open_demo(DEVICE_BINDING="offer").page
    page.get_by_role("button", name="Sign in as demo-user").click()
    page.get_by_role("heading", name="Overview").wait_for()
    return page


def test_session_is_shown_as_bound_and_the_thief_is_refused(signed_in):
    """The page tells it once the browser did it, with the first refresh; and what a thief was answered."""
    page = signed_in
    page.locator("#bound", has_text="Bound to this device").wait_for()
    page.get_by_role("button", name="Play the thief").click()
    page.get_by_role("status").get_by_text("was refused (401)").wait_for()
    assert page.locator("#badge").text_content() == "Active"
    page.get_by_role("list").get_by_text("The browser bound the session to this device").first.wait_for()
    page.screenshot(path="/tmp/demo-device.png", full_page=True)


def test_thief_of_a_session_that_is_not_bound_gets_on(open_demo):
    """Without TLS browsers bind nothing: the page says so, and what that means."""
    browser = open_demo(DEVICE_BINDING="offer")
    browser.page.goto(browser.app.demo.url)
    browser.page.get_by_role("button", name="Sign in as demo-user").click()
    browser.page.locator("#bound", has_text="Not bound").wait_for()
    browser.page.get_by_role("button", name="Play the thief").click()
    browser.page.get_by_role("status").get_by_text("got a new one").wait_for()


def test_without_binding_the_demo_says_nothing_of_it(open_demo):
    """No line, no button, and no such action."""
    browser = open_demo()
    browser.page.get_by_role("button", name="Sign in as demo-user").click()
    browser.page.get_by_role("heading", name="Overview").wait_for()
    assert not browser.page.get_by_text("Play the thief").is_visible()
    assert browser.page.evaluate("fetch('/demo/thief', {method: 'POST'}).then(answer => answer.status)") == 404
