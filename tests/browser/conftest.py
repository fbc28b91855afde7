"""A real browser at the installed service, and one clock for both, which the test moves."""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.support.service import Service
from tests.support.waiting import wait_for

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DASHBOARD = Path(__file__).parents[2] / "dashboard"
REFRESH = "/api/v1/auth/refresh"
SECOND, MINUTE, HOUR = 1, 60, 3600


class Demo(Service):
    """A running `session-refresh serve --demo` whose clock the test moves forward."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, "--demo", **settings)
        self.command = [sys.executable, str(Path(__file__).with_name("clocked.py"))]
        self.ahead = 0.0
        self.environ["CLOCK_FILE"] = str(folder / "clock")
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """Moves the service's clock."""
        self.ahead += seconds
        fresh = Path(self.environ["CLOCK_FILE"] + ".new")
        fresh.write_text(str(self.ahead))
        os.replace(fresh, self.environ["CLOCK_FILE"])

    def now(self) -> float:
        """Unix seconds by the service's clock."""
        return time.time() + self.ahead

    @property
    def url(self) -> str:
        """The demo's first page."""
        return f"http://127.0.0.1:{self.port}/demo/"


class User:
    """Somebody at a browser of their own: its tabs, their calls of the service, and what the browser complains of."""

    def __init__(self, context: BrowserContext, demo: Demo) -> None:
        self.context = context
        self.demo = demo
        self.answers: list[tuple[float, int, Page]] = []  # of refreshes: when, status, in which tab
        self.attempts = 0
        self.complaints: list[str] = []
        self.expected: set[str] = set()  # complaints that the test provokes hold one of these words
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._complained)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"
        )
        context.set_default_timeout(10_000)
        context.clock.install(time=demo.now())

    def _asked(self, request: Request) -> None:
        self.attempts += request.url.endswith(REFRESH) and request.method == "POST"

    def _answered(self, response: Response) -> None:
        request = response.request
        if request.url.endswith(REFRESH) and request.method == "POST":
            self.answers.append((self.demo.now(), response.status, request.frame.page))

    def _complained(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location}")

    def unexpected(self) -> list[str]:
        """The browser's complaints that the test did not provoke."""
        return [text for text in self.complaints if not any(word in text for word in self.expected)]

    @property
    def statuses(self) -> list[int]:
        """The answers to refreshes, in their order."""
        return [status for _, status, _ in self.answers]

    def open(self, url: str = "") -> Page:
        """A new tab, at the demo unless told otherwise."""
        page = self.context.new_page()
        page.goto(url or self.demo.url)
        return page

    def sign_in(self, pace: str = "real") -> Page:
        """A tab, signed in, whose first refresh is done, at the real or the quick pace."""
        page = self.open()
        page.evaluate("pace => localStorage.setItem('demo pace', pace)", pace)
        page.get_by_role("button", name="Sign in as demo-user").click()
        self.refreshed("start", page)
        return page

    def tab(self) -> Page:
        """Another tab at the demo, which has heard of the latest refresh."""
        page = self.open()
        page.locator("#events [data-kind=refreshed]").first.wait_for(state="attached")
        return page

    def refreshed(self, reason: str, *pages: Page, times: int = 1) -> None:
        """Waits until each of `pages` shows that there were so many refreshes for `reason`."""
        for page in pages:
            rows = page.locator(f"#events [data-kind=refreshed][data-reason={reason}]")
            rows.nth(times - 1).wait_for(state="attached")

    def pass_time(self, seconds: float) -> None:
        """Moves the clocks of the service and of all tabs; what is due there happens once, as after a machine slept."""
        self.demo.pass_time(seconds)
        self.context.clock.fast_forward(round(seconds * 1000))

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Waits for `condition` while the browser's events come in."""

        def look() -> Any:
            if self.context.pages:
                self.context.pages[0].evaluate("1")  # Playwright delivers events only while it is called
            return condition()

        return wait_for(look, what)

    def cookie(self) -> Any:
        """The session's cookie as the browser keeps it, or None."""
        cookies: list[Any] = list(self.context.cookies())
        return next((cookie for cookie in cookies if cookie["name"] == "vk_org_token"), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    if not CHROMIUM.exists():
        pytest.exit(f"no {CHROMIUM}: install Debian's package chromium (apt-get install chromium)", returncode=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[int]:
    """A port of this machine where the dashboard's files are served by another program: another origin."""
    handler = functools.partial(Quiet, directory=str(Path(__file__).with_name("elsewhere")))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and the module beside them, without a word."""

    def translate_path(self, path: str) -> str:
        return str(DASHBOARD / "session-keeper.js") if path == "/session-keeper.js" else super().translate_path(path)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, elsewhere: int) -> Iterator[Demo]:
    """The service with the demo. Its clock only goes forward, from test to test."""
    running = Demo(tmp_path_factory.mktemp("demo"), LOG_FORMAT="json", ALLOWED_ORIGINS=f"http://localhost:{elsewhere}")
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def visit(chromium: Browser, demo: Demo) -> Iterator[Callable[..., User]]:
    """Makes users, each with a browser profile of their own. At the end the browser has nothing to complain of."""
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
def user(visit: Callable[..., User]) -> User:
    """A user with a browser."""
    return visit()
