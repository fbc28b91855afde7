"""A user with a browser of their own: tabs, their requests, and the browser's complaints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.demo_service import Demo
from tests.support.waiting import wait_for

REFRESH = "/api/v1/auth/refresh"


class User:
    """A user with a browser: tabs, the refreshes that they sent, and the browser's complaints."""

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
        """A new tab that has signed in and done its first refresh, at the real or the quick pace."""
        page = self.open()
        page.evaluate("pace => localStorage.setItem('demo pace', pace)", pace)
        page.get_by_role("button", name="Sign in as demo-user").click()
        self.refreshed("start", page)
        return page

    def tab(self) -> Page:
        """Another tab with the demo, once it has heard of the latest refresh."""
        page = self.open()
        page.locator("#events [data-kind=refreshed]").first.wait_for(state="attached")
        return page

    def refreshed(self, reason: str, *pages: Page, times: int = 1) -> None:
        """Waits until each of `pages` shows that there were so many refreshes for `reason`."""
        for page in pages:
            rows = page.locator(f"#events [data-kind=refreshed][data-reason={reason}]")
            rows.nth(times - 1).wait_for(state="attached")

    def pass_time(self, seconds: float, *, dated: bool = False) -> None:
        """Moves the clocks of the service and of all tabs. Timers that are due run once, as after a machine slept.

        With `dated`, the next answer's header Date is right too: the keeper counts the session's end from it.
        """
        self.demo.pass_time(seconds)
        if dated:
            wait_for(self.demo.shows_the_time, "the header Date")
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
