"""Chromium as it binds sessions to a device: over TLS, with a key in software, and a profile that can be opened again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.secure_app import SecureApp
from tests.browser.user import REFRESH
from tests.support.device import PATH, claims_of
from tests.support.service import Service
from tests.support.waiting import wait_for

TOKEN, DEVICE = "vk_org_token", "vk_org_device"
# Without RefreshQuota/false a site may have 6 signatures in 9 minutes. One of the same challenge is not made again.
QUOTA = "RequireOriginTrialTokens/false/RefreshQuota/{}/CheckSubdomainRegistration/false/OriginTrialFeedback/true"
SOFTWARE_KEYS = "EnableBoundSessionCredentialsSoftwareKeysForManualTesting"
CALL = f"fetch('{REFRESH}', {{method: 'POST'}}).then(answer => answer.status, () => 0)"


class DeviceBrowser:
    """A browser with a profile of its own, at the dashboard: a SecureApp, or else what has `url()` and a `fingerprint`."""

    def __init__(
        self, playwright: Playwright, app: Any, profile: Path, quota: bool = False, flags: Sequence[str] = ()
    ) -> None:
        self._playwright = playwright
        self._flags = flags
        self.app = app
        self.profile = profile
        self._features = f"DeviceBoundSessions:{QUOTA.format(str(quota).lower())},{SOFTWARE_KEYS}"
        self.context: BrowserContext
        self.page: Page
        self.open()

    def open(self) -> None:
        """Starts it, and loads the dashboard's page, which refreshes."""
        flags = [
            *FLAGS, f"--enable-features={self._features}",
            f"--ignore-certificate-errors-spki-list={self.app.fingerprint}", *self._flags,
        ]  # fmt: skip
        launch = self._playwright.chromium.launch_persistent_context
        self.context = launch(self.profile, executable_path=CHROMIUM, args=flags)
        self.page = self.context.pages[0]
        self.page.goto(self.app.url("/elsewhere.html"))

    def close(self) -> None:
        """Ends it. The profile stays."""
        self.context.close()

    def sign_in(self) -> None:
        """Signs in, refreshes once as a page does, and waits until the session is bound."""
        self.begin_session()
        assert self.refresh() == 200
        self.wait_for_cookie(DEVICE)

    def begin_session(self) -> None:
        """Signs in. The session is not bound yet."""
        self.page.evaluate("fetch('/sign-in', {method: 'POST'})")

    def refresh_without_cookie(self) -> int:
        """A page's refresh once the device cookie is over: the browser renews that first."""
        self.lose_device_cookie()
        return self.refresh()

    def lose_device_cookie(self) -> None:
        """As after its five minutes."""
        self.context.clear_cookies(name=DEVICE)

    def begin_refresh(self) -> None:
        """A page's refresh of which nobody waits for the answer."""
        self.page.evaluate(f"void {CALL}")

    def refresh(self) -> int:
        """A page's refresh: the status, or 0 if there was no answer."""
        status: int = self.page.evaluate(CALL)
        return status

    def cookies(self) -> dict[str, str]:
        """What the browser has."""
        return {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}

    def wait_for_cookie(self, name: str) -> str:
        """Waits for a cookie; its value."""
        return str(self.until(lambda: self.cookies().get(name, ""), name))

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """The first true value of `condition`."""

        def found() -> Any:
            self.page.wait_for_timeout(20)  # Playwright works on nothing else while we wait
            return condition()

        return wait_for(found, what)

    def bound_to(self) -> Any:
        """The key that the session is bound to."""
        return claims_of(self.cookies()[TOKEN]).get("cnf")

    def calls(self, path: str = PATH) -> list[int]:
        """The statuses that the service answered with on a path, so far."""
        return [answer[0] for called, _, answer in self.app.calls if called == path]


@contextmanager
def dashboard(folder: Path, *options: str, **settings: str) -> Iterator[SecureApp]:
    """A dashboard over TLS, before a service that offers binding."""
    service = Service(folder, *options, DEVICE_BINDING="offer", LOG_FORMAT="json", **settings).start()
    with closing(SecureApp(service, folder)) as app:
        yield app
    assert service.stop() == 0
