"""Whatever keeps Chromium from renewing the device cookie, nobody is signed out: afterwards all goes on by itself."""

from __future__ import annotations

import signal

from tests.browser.device_browser import DEVICE
from tests.browser.user import REFRESH
from tests.support.device import PATH
from tests.support.waiting import wait_for


def skipped(app) -> str:
    """What the browser said with the latest refresh about its own call."""
    headers: dict[str, str] = next(headers for path, headers, _ in reversed(app.calls) if path == REFRESH)
    return headers.get("Secure-Session-Skipped", "").partition(";")[0]


def test_service_that_fails_or_is_gone(bound_browser, secure_app):
    """The page is told what the outage is: 500, 502, 503."""
    browser, service = bound_browser, secure_app.service
    for answer in ((500, []), (503, [("Retry-After", "1")])):
        secure_app.answer = lambda answer=answer: (*answer, b"")
        assert browser.refresh_without_cookie() in (500, 503)
        secure_app.answer = None
    assert wait_for(lambda: browser.refresh_without_cookie() == 200, "the browser's own session", 30)
    assert service.stop(signal.SIGTERM) == 0
    secure_app.answer = lambda: (502, [], b"")
    assert browser.refresh_without_cookie() == 502
    secure_app.answer = None
    service.start()
    assert wait_for(lambda: browser.refresh_without_cookie() == 200, "the browser's own session", 30)


def test_service_that_hangs(bound_browser, secure_app):
    """The browser waits for 20 s, all calls together, and then sends them without the cookie: 503."""
    key = bound_browser.bound_to()
    answer = secure_app.hold(PATH)
    bound_browser.lose_device_cookie()
    bound_browser.begin_refresh()
    assert bound_browser.refresh() == 503
    assert bound_browser.calls() == [200, 200]  # the registration, and the one that is held back
    assert skipped(secure_app) == "unreachable"
    answer.set()
    assert bound_browser.refresh() == 200
    assert bound_browser.cookies()[DEVICE]
    assert bound_browser.bound_to() == key


def test_browser_that_may_sign_no_more(new_browser, secure_app):
    """Six challenges in nine minutes, the registration's among them; they are others each second. A restart ends that."""
    browser = new_browser(quota=True)
    browser.sign_in()
    key, statuses = browser.bound_to(), [200]
    while statuses[-1] == 200:
        statuses.append(browser.refresh_without_cookie())
        browser.page.wait_for_timeout(200)
    assert statuses[-1] == 503
    assert skipped(secure_app) == "quota_exceeded"
    assert len({headers["Secure-Session-Response"] for path, headers, _ in secure_app.calls if path == PATH}) == 6
    assert set(browser.calls()) == {200}
    assert browser.bound_to() == key
    browser.close()
    browser.open()
    assert browser.refresh_without_cookie() == 200
    assert browser.bound_to() == key
