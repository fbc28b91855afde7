"""A page of a sibling site, for which the browser sends our cookie, refreshes no session by any spelling of the path."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.support.assertions import REFRESH
from tests.support.targets import GOOD, SPELLINGS

PATHS = [
    *(REFRESH + tail for tail in ("", "%0A", "%0D%0A", "%20", "%00", "/", "?", "?%0A", "%3F", ";", "%2F", "%2e", "#x")),
    *(path for path in (*GOOD, *SPELLINGS) if path.startswith("/") and not path.startswith("//")),
]


@pytest.fixture
def page(chromium: Browser, other_origin_port, service):
    """A page on another port of the same host, in a browser that holds a good session cookie of the service."""
    context = chromium.new_context()
    address = f"http://127.0.0.1:{service.port}"
    token = service.sign(sid="sibling")
    context.add_cookies([{"name": "vk_org_token", "value": token, "url": address, "sameSite": "Lax"}])
    opened = context.new_page()
    opened.goto(f"http://127.0.0.1:{other_origin_port}/nothing.html")  # any page of that origin will do
    yield opened
    (cookie,) = context.cookies(address)
    assert cookie["value"] == token
    context.close()


def test_sibling_page_refreshes_nothing(page, service):
    """Each request reaches the service with the cookie, and is refused with 403, or 404 for another path."""
    mark = service.log_mark()
    for path in PATHS:
        for mode in ("no-cors", "cors"):
            page.evaluate(
                "([url, mode]) => fetch(url, { method: 'POST', mode, credentials: 'include' }).catch(() => null)",
                [f"http://127.0.0.1:{service.port}{path}", mode],
            )
    logged = service.requests_since(mark)
    assert len(logged) == 2 * len(PATHS)
    assert {line["status"] for line in logged} == {403, 404}
    assert sum(line["status"] == 403 for line in logged) >= 2 * len([path for path in GOOD if path.startswith("/")])


def test_cookie_comes_along(page, service):
    """The browser does send the cookie, so it is the origin check that stops the request."""
    sent = []
    network = page.context.new_cdp_session(page)
    network.on("Network.requestWillBeSentExtraInfo", lambda event: sent.append(event["headers"]))
    network.send("Network.enable")
    page.evaluate(
        "url => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' })",
        f"http://127.0.0.1:{service.port}{REFRESH}",
    )
    (headers,) = [headers for headers in sent if headers.get("Sec-Fetch-Dest") == "empty"]  # the icon is an image
    assert headers["Sec-Fetch-Site"] == "same-site"
    assert headers["Cookie"].startswith("vk_org_token=")
