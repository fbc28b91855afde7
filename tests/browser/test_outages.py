"""An outage of the service or of the network signs nobody out."""

from __future__ import annotations

import pytest

from tests.browser.demo_service import MINUTE, SECOND

OUTAGE = "status of 503"


@pytest.mark.parametrize("pace", ["real", "quick"])
def test_outage_of_two_minutes_logs_nobody_out(user, pace):
    """Failed refreshes are tried again, a few times. When the service is back, the session continues."""
    page = user.sign_in(pace)
    page.get_by_role("button", name="Outage, 2 min").click()
    page.get_by_role("button", name="End the outage").wait_for()
    user.expected.add(OUTAGE)
    user.pass_time(61 * SECOND if pace == "real" else 23 * SECOND)
    if pace == "real":
        page.get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]").first.wait_for(state="attached")
    for _ in range(3):
        user.pass_time(10 * SECOND)
        page.mouse.move(user.demo.now() % 300, 200)
        page.locator("#badge", has_text="Outage").wait_for()
    failed = user.statuses.count(503)
    assert 1 <= failed <= 8
    user.pass_time(2 * MINUTE)
    page.mouse.move(10, 200)
    page.locator("#badge", has_text="Active").wait_for()
    user.wait(lambda: user.statuses[-1] == 200, "a refresh after the outage")
    assert set(user.statuses) == {200, 503}
    assert page.get_by_role("heading", name="Overview").is_visible()


def test_unreachable_service_logs_nobody_out(user):
    """Without a network the keeper tries less and less often. When the network is back, the session continues."""
    page = user.sign_in()
    user.pass_time(2 * MINUTE)
    user.expected.add("ERR_INTERNET_DISCONNECTED")
    user.context.set_offline(True)
    page.get_by_role("button", name="Refresh now").click()
    page.locator("#events [data-kind=failed]", has_text="no answer").first.wait_for(state="attached")
    user.context.set_offline(False)
    user.pass_time(MINUTE)
    user.wait(lambda: len(user.answers) == 2, "a refresh")
    page.locator("#badge", has_text="Active").wait_for()
    assert user.statuses == [200, 200]
