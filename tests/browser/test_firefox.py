"""The same module and page in Firefox. Its clock cannot be moved, so time runs ten times as fast there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.bidi import Firefox, Tab, faster, run
from tests.browser.demo_service import Demo

PROGRAM = Path("/usr/bin/firefox-esr")


@pytest.fixture
def firefox(tmp_path):
    """The machine's Firefox, if there is one."""
    if not PROGRAM.exists():
        pytest.skip(f"no {PROGRAM}: install Debian's package firefox-esr")
    with run(PROGRAM, tmp_path) as running:
        yield running


def events(**data: str) -> str:
    """A JavaScript expression: how many events of that kind the page shows."""
    chosen = "".join(f"[data-{name}={value}]" for name, value in data.items())
    return f"document.querySelectorAll('#events {chosen}').length"


def test_session_in_firefox(firefox: Firefox, demo: Demo) -> None:
    """Sign-in, timer, route change, one refresh for two tabs, and revocation all work in Firefox."""
    faster(firefox, 10)
    page = Tab(firefox, demo.url)
    page.click("#sign-in")
    page.wait(events(reason="start"))
    (cookie,) = firefox.do("storage.getCookies")["cookies"]
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "vk_org_token", True, True, "lax",
    )  # fmt: skip
    assert page.run("document.cookie") == ""
    other = Tab(firefox, demo.url)
    other.wait(events(kind="refreshed"))
    for tab in (page, other):
        tab.wait(f"{events(reason='timer')} > 0")
    tellers = [tab.run("document.querySelector('[data-reason=timer]').dataset.tab") for tab in (page, other)]
    assert tellers[0] == tellers[1]
    other.click("nav a[href='/demo/activity']")
    other.wait("location.pathname === '/demo/activity' && !document.getElementById('activity').hidden")
    page.click("#revoke")
    for tab in (page, other):
        tab.wait("document.getElementById('ending').dataset.over === 'true'")
        assert tab.run(events(kind="expired")) == 1
    errors = [event for event in firefox.events if event["level"] in ("error", "warn")]
    assert errors == []
