"""Fixtures with a real browser, the installed service, and one clock for both, which the test moves."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.dashboard_app import DashboardApp
from tests.browser.demo_service import Demo
from tests.browser.device_browser import DeviceBrowser, dashboard
from tests.browser.other_origin import QuietFileHandler
from tests.browser.secure_app import SecureApp
from tests.browser.user import User
from tests.support.service import Service


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives Chromium. There can be only one at a time."""
    if not CHROMIUM.exists():
        pytest.exit(f"no {CHROMIUM}: install Debian's package chromium (apt-get install chromium)", returncode=1)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def other_origin_port() -> Iterator[int]:
    """A port of this machine with a page of another origin."""
    handler = functools.partial(QuietFileHandler, directory=str(Path(__file__).with_name("other_origin_pages")))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, other_origin_port: int) -> Iterator[Demo]:
    """The service with the demo. Its clock only goes forward, from test to test."""
    running = Demo(
        tmp_path_factory.mktemp("demo"), LOG_FORMAT="json", ALLOWED_ORIGINS=f"http://localhost:{other_origin_port}"
    )
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def app(service: Service) -> Iterator[DashboardApp]:
    """A dashboard before the installed service."""
    with closing(DashboardApp(service)) as running:
        yield running


@pytest.fixture
def device_settings() -> dict[str, str]:
    """Of the service behind `secure_app`. Modules may have their own."""
    return {}


@pytest.fixture
def secure_app(tmp_path: Path, device_settings: dict[str, str]) -> Iterator[SecureApp]:
    """A dashboard over TLS, before a service that offers to bind sessions to their devices."""
    with dashboard(tmp_path, "--internal", "127.0.0.1:0", **device_settings) as app:
        yield app


@pytest.fixture
def new_browser(
    playwright: Playwright, secure_app: SecureApp, tmp_path: Path
) -> Iterator[Callable[..., DeviceBrowser]]:
    """Makes browsers that bind sessions, each with a profile of its own."""
    made: list[DeviceBrowser] = []

    def make(**options: Any) -> DeviceBrowser:
        made.append(DeviceBrowser(playwright, secure_app, tmp_path / f"profile-{len(made)}", **options))
        return made[-1]

    yield make
    for browser in made:
        browser.close()


@pytest.fixture
def bound_browser(new_browser: Callable[..., DeviceBrowser]) -> DeviceBrowser:
    """A browser whose session is bound."""
    browser = new_browser()
    browser.sign_in()
    return browser


@pytest.fixture
def new_user(chromium: Browser, demo: Demo) -> Iterator[Callable[..., User]]:
    """Creates users, each with a new browser profile. At the end, the browser must have no unexpected complaints."""
    users: list[User] = []

    def make(**options: Any) -> User:
        users.append(User(chromium.new_context(**options), demo))
        return users[-1]

    yield make
    for user in users:
        complaints = user.unexpected()
        user.context.close()
        assert complaints == []


@pytest.fixture
def user(new_user: Callable[..., User]) -> User:
    """A user with a browser."""
    return new_user()
