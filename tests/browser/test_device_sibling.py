"""A dashboard on a sibling host, which refreshes by CORS: Chromium renews the device cookie for its pages, too."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
from typing_extensions import override

from tests.browser.device_browser import DEVICE, DeviceBrowser
from tests.browser.secure_app import SecureApp
from tests.browser.user import REFRESH
from tests.support.service import Service

HOSTS = "--host-resolver-rules=MAP *.example.test 127.0.0.1"


class NamedApp(SecureApp):
    """A server that browsers know by a name."""

    name = "refresh.example.test"

    @override
    def url(self, path: str = "/work.html", **options: object) -> str:
        return super().url(path, **options).replace("127.0.0.1", self.name, 1)

    @property
    def origin(self) -> str:
        return f"https://{self.name}:{self.server_port}"


class Sibling(NamedApp):
    """Where the dashboard is."""

    name = "dashboard.example.test"


@dataclass
class Place:
    """The service behind one name, and the dashboard at the other."""

    service: NamedApp
    dashboard: Sibling


@pytest.fixture
def place(tmp_path):
    """Both, and the service allows the dashboard's origin."""
    service = Service(tmp_path, DEVICE_BINDING="offer")
    with ExitStack() as stack:
        named = stack.enter_context(closing(NamedApp(service, tmp_path)))
        sibling = stack.enter_context(closing(Sibling(service, tmp_path)))
        named.fingerprint += f",{sibling.fingerprint}"
        service.environ["SESSION_REFRESH_ALLOWED_ORIGINS"] = sibling.origin
        service.start()
        yield Place(named, sibling)
    assert service.stop() == 0


def test_page_of_a_sibling_host_goes_on_after_the_device_cookies_minutes(playwright, place, tmp_path):
    """Its refresh waits for the browser's renewal, as one of the host's own pages does."""
    browser = DeviceBrowser(playwright, place.service, tmp_path / "profile", flags=(HOSTS,))
    browser.page.evaluate("fetch('/sign-in', {method: 'POST'})")
    browser.page.goto(place.dashboard.url("/elsewhere.html"))
    call = f"fetch('{place.service.origin}{REFRESH}', {{method: 'POST', credentials: 'include'}}).then(a => a.status)"
    assert browser.page.evaluate(call) == 200
    browser.wait_for_cookie(DEVICE)
    for _ in range(2):
        browser.lose_device_cookie()
        assert browser.page.evaluate(call) == 200
    browser.close()
