"""What a user of the dashboard does in tabs of any browser."""

from __future__ import annotations

from tests.support.waiting import wait_for

RECORD = "localStorage.getItem(Object.keys(localStorage)[0])"  # what the keeper stores for tabs that open later
READY = "window.keeper && count('onRefresh') > 0"


def signed_in(browser, app, tabs=1, **options):
    """Tabs of a user who has just signed in, each of which has heard of a refresh."""
    first = browser.open(app.url("/elsewhere.html"))
    first.run("fetch('/sign-in', { method: 'POST' }).then(({ status }) => status)")
    opened = [browser.open(app.url(**options)) for _ in range(tabs)]
    for tab in opened:
        tab.wait(READY)
    return opened


def leave(tab, url):
    """Goes to another page. Browsers restore no page that holds a lock, as it does for a moment after a refresh."""
    tab.wait("navigator.locks.query().then(({ held }) => !held.length)")
    tab.go(url)


def hold_a_refresh(app, tab):
    """Has `tab` refresh, and holds the answer back; returns once the service has given it."""
    app.open_gate.clear()
    before = len(app.asked)
    wait_for(lambda: tab.run("keeper.refresh('held') && true") and len(app.asked) > before, "the refresh")


def refresh_until(tab, condition):
    """Has `tab` refresh as often as the gap allows until the condition is true."""
    tab.wait(f"keeper.refresh().then(() => {condition})")
