"""session-keeper where Chromium alone can be driven: frozen tabs, prerendering, input of every kind, a lost network."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from tests.browser import cdp
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.dashboard_user import RECORD, hold_a_refresh, refresh_until, signed_in
from tests.support.waiting import wait_for

IDLE_AFTER = 1500


@pytest.fixture
def browser(tmp_path):
    """A Chromium of its own."""
    with cdp.run(CHROMIUM, FLAGS, tmp_path) as running:
        yield running


def test_401_in_a_thawed_tab_ends_no_new_session(browser, app):
    """A tab that was frozen in the middle of a refresh thaws to its 401, hours after a new sign-in: nobody is told."""
    old, other = signed_in(browser, app, tabs=2, pauseOnExpired=True)
    app.revoke()
    hold_a_refresh(app, old)
    old.freeze()
    other.run("signIn()")
    new = browser.open(app.url())
    new.wait("window.keeper && true")
    app.open_gate.set()
    old.thaw()
    for tab in (old, other, new):
        tab.wait("told.some(([name, reason]) => name === 'onRefresh' && reason !== 'start')")
        assert tab.run("[count('onExpired'), count('onError')]") == [0, 0]


def test_ten_tabs_behind_a_frozen_one_send_three_requests_at_most(browser, app):
    """Its lock costs them seconds. When it thaws, its own failure is told to nobody."""
    holder, *tabs = signed_in(browser, app, tabs=11, minGap=5000)
    hold_a_refresh(app, holder)
    holder.freeze()
    before = len(app.asked)
    app.open_gate.set()
    for tab in tabs:
        tab.run("keeper.refresh('behind it') && 1 && undefined")
    for tab in tabs:
        tab.wait("told.some(([, reason]) => reason === 'behind it')", 40)
    assert 1 <= len(app.asked) - before <= 3
    record = tabs[0].run(RECORD)
    holder.thaw()
    holder.wait("told.some(([, reason]) => reason === 'behind it')")
    assert holder.run(f"new Promise((resolve) => setTimeout(() => resolve({RECORD}), 500))") == record
    for tab in (holder, *tabs):
        assert tab.run("count('onError')") == 0


def test_prerendered_page_waits_until_it_is_shown(browser, app):
    """A page that the browser loads ahead asks nothing before its user goes there."""
    (page,) = signed_in(browser, app)
    page.run("(keeper.stop(), localStorage.clear())")
    ahead = app.url(interval=99_000)
    # Chromium prerenders nothing for a page that DevTools are attached to.
    browser.do("Target.createTarget", url=app.url("/ahead.html") + f"&to={quote(ahead)}")
    wait_for(lambda: any("interval" in path for path in app.seen), "the prerendering")
    loaded = time.monotonic()
    wait_for(lambda: any("interval" in path for path in app.asked), "its refresh")
    waited = time.monotonic() - loaded
    shown = next(one for one in browser.do("Target.getTargets")["targetInfos"] if "interval" in one["url"])
    tab = cdp.Tab(browser, shown["targetId"])
    tab.wait("count('onRefresh') > 0")
    assert tab.run("performance.getEntriesByType('navigation')[0].activationStart") > 1000
    assert waited > 1, "it was prerendered, and asked nothing until then"


def idle(app, browser, fragment=""):
    """A page whose user has been away, with its frame loaded."""
    first = browser.open(app.url("/elsewhere.html"))
    first.run("fetch('/sign-in', { method: 'POST' }).then(() => 1)")
    page = browser.open(app.url(idleAfter=IDLE_AFTER, interval=IDLE_AFTER / 2) + fragment)
    page.wait("window.keeper && count('onRefresh') > 0 && frame.contentDocument.querySelector('#field') !== null")
    page.wait(f"new Promise((resolve) => setTimeout(resolve, {2 * IDLE_AFTER}, true))")
    return page


def press(page):
    """A key."""
    for kind in ("keyDown", "keyUp"):
        page.do("Input.dispatchKeyEvent", type=kind, key="a", text="a" if kind == "keyDown" else "")


def click_button(page):
    """The mouse on the button."""
    x, y = page.run("(({ x, y }) => [x + 5, y + 5])(button.getBoundingClientRect())")
    page.click(x, y)


INPUT = {
    "a key": ("", press),
    "a key in a frame": ("frame.contentDocument.querySelector('#field').focus()", press),
    "text without keys": ("field.focus()", lambda page: page.do("Input.insertText", text="dictated")),
    "an input method": (
        "field.focus()",
        lambda page: page.do("Input.imeSetComposition", text="か", selectionStart=1, selectionEnd=1),
    ),
    "a click without a pointer": ("", click_button),
    "a moved pointer": (
        "",
        lambda page: [page.do("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=99) for x in (50, 90)],
    ),
}
NO_INPUT = {
    "a click that the page makes": lambda page: page.run("button.click()"),
    "text that the page writes": lambda page: page.run("(field.value = 'x', field.dispatchEvent(new Event('input')))"),
    "focus that the page moves": lambda page: page.run("field.focus()"),
    "what moves below a resting pointer": lambda page: page.run(
        """new Promise((done) => { let turn = 0; const move = () => { document.body.style.marginTop = `${turn * 20}px`;
            turn++ < 30 ? requestAnimationFrame(move) : done(1) }; move() })"""
    ),
}


@pytest.mark.parametrize("kind", [*INPUT, *NO_INPUT])
def test_what_counts_as_input(browser, app, kind):
    """Whatever a user does sets an idle keeper going again, and nothing that a page does by itself."""
    page = idle(app, browser, "#no-pointer" if kind == "a click without a pointer" else "")
    prepare, act = INPUT[kind] if kind in INPUT else ("", NO_INPUT[kind])
    if "resting" in kind:
        page.do("Input.dispatchMouseEvent", type="mouseMoved", x=60, y=60)
        page.wait(f"new Promise((resolve) => setTimeout(resolve, {3 * IDLE_AFTER}, true))")
    page.run(f"({prepare or 0}, 1)")
    told = page.run("told.length")
    act(page)
    if kind in INPUT:
        page.wait(f"told.slice({told}).some(([, reason]) => reason === 'activity')")
    else:
        assert page.run(f"new Promise((resolve) => setTimeout(() => resolve(told.length - {told}), 1000))") == 0


def test_network_that_is_back_is_tried_soon(browser, app):
    """After failures without a network, the page refreshes within two seconds of its return."""
    (page,) = signed_in(browser, app)
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.do("Network.enable")
    page.do("Network.emulateNetworkConditions", offline=True, **network)
    for failures in range(1, 4):
        page.wait(f"keeper.refresh().then(() => count('onError') >= {failures})", 60)
    before = page.run("count('onRefresh')")
    page.do("Network.emulateNetworkConditions", offline=False, **network)
    page.wait(f"count('onRefresh') > {before}", 4)


def test_401_of_somebody_else_ends_nothing(browser, app):
    """A proxy's page and a gateway's JSON with status 401 are errors, and the session goes on."""
    (page,) = signed_in(browser, app)
    for body in (b"<h1>Sign in</h1>", b'{"message": "Unauthorized"}', b""):
        app.answer = lambda body=body: (401, [("Content-Type", "text/html")], body)
        errors = page.run("count('onError')")
        refresh_until(page, f"count('onError') > {errors}")
    app.answer = None
    page.wait("told.at(-1)[0] === 'onRefresh'", 30)
    assert page.run("count('onExpired')") == 0
