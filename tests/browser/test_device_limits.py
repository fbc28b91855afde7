"""No limit reaches the browser's own calls: a 429 would end its session."""

from __future__ import annotations

import pytest

from tests.browser.device_browser import DEVICE


@pytest.fixture
def device_settings():
    """One refresh a minute, and one refusal of an address."""
    return {"RATE_LIMIT": "1/minute", "FAILURE_RATE_LIMIT": "1/minute"}


def test_device_cookie_is_renewed_whatever_is_limited(bound_browser, secure_app):
    """The session and its address are limited, and the browser goes on; after a restart it is even asked twice."""
    refused = [secure_app.service.refresh(None).status for _ in range(3)]
    assert refused == [401, 429, 429]
    key = bound_browser.bound_to()
    for _ in range(8):
        assert bound_browser.refresh_without_cookie() == 429
        assert bound_browser.cookies()[DEVICE]
    bound_browser.close()
    bound_browser.open()
    assert bound_browser.refresh_without_cookie() == 429
    assert bound_browser.cookies()[DEVICE]
    assert bound_browser.calls() == [200] * 9 + [403, 200]
    assert bound_browser.bound_to() == key
