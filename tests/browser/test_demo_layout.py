"""How the demo's page is laid out, measured: whole lines, equal boxes, nothing that overlaps."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page

from tests.browser.demo_service import SECOND

LABELS = "button, .button, nav a, dt, legend, label, h2, .badge, .chip, .key, .unit, .label, .meters p, .row > a"
BROKEN = """labels => [...document.querySelectorAll(labels)].filter(label => label.checkVisibility()).filter(label => {
    const texts = document.createTreeWalker(label, NodeFilter.SHOW_TEXT), tops = [];
    for (let text; (text = texts.nextNode());) {
        const range = document.createRange();
        range.selectNodeContents(text);
        if (text.data.trim()) for (const box of range.getClientRects()) tops.push(box.bottom);
    }
    return Math.max(...tops) - Math.min(...tops) > 8 || label.scrollWidth > label.clientWidth + 1;
}).map(label => label.textContent.trim())"""
TEXTS = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), boxes = [];
    for (let text; (text = texts.nextNode());) {
        const shown = text.parentElement.checkVisibility() && !text.parentElement.closest('.skip, .count');
        if (!text.data.trim() || !shown) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const { left, right, top, bottom } of range.getClientRects())
            boxes.push({ words: text.data.trim(), left, right, top: top + 3, bottom: bottom - 3 });
    }
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom && b.top < a.bottom;
    return boxes.flatMap((a, at) => boxes.slice(at + 1).filter(b => meet(a, b)).map(b => [a.words, b.words]))
        .concat(boxes.filter(box => box.left < 0 || box.right > innerWidth).map(box => [box.words, 'the edge']));
}"""
REASONS = (
    "start", "timer", "activity", "focus", "visible", "route", "manual", "resume", "restored", "check",
)  # fmt: skip


def fill(page: Page) -> None:
    """Has the page count a refresh for every reason, so that all heads of the counts are there."""
    page.evaluate(
        """async reasons => {
            const { add } = await import("/demo/events.js");
            const { draw } = await import("/demo/page.js");
            for (const reason of reasons) add({ kind: "refreshed", reason, at: Date.now(), text: "Refreshed" });
            draw();
        }""",
        REASONS,
    )


def states(user, page: Page):
    """Brings the page into its states, one after the other, and names them."""
    page.get_by_role("heading", name="Sign in").wait_for()
    yield "sign-in"
    page.close()
    page = user.sign_in()
    user.tab()
    yield "active"
    page.get_by_role("button", name="Outage, 2 min").click()
    page.locator("#badge", has_text="Outage").wait_for()
    yield "outage"
    page.get_by_role("button", name="End the outage").click()
    page.locator("#badge", has_text="Active").wait_for()
    page.get_by_role("button", name="Go idle").click()
    yield "hands off"
    page.get_by_role("button", name="Come back").click()
    fill(page)
    page.get_by_role("link", name="Activity", exact=True).click()
    yield "activity"
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("button", name="Revoke").click()
    page.locator("#badge", has_text="Revoked").wait_for()
    yield "revoked"
    user.pass_time(31 * 60 * SECOND)
    page.locator("#due", has_text="rests").wait_for()
    yield "revoked and idle"


def faults(user, script: str, *arguments: str) -> dict[str, object]:
    """What `script` finds in each state."""
    user.expected.add("status of 401")
    found = {}
    for state in states(user, user.open()):
        page = next(page for page in user.context.pages)
        if fault := page.evaluate(script, *arguments):
            found[state] = fault
    return found


@pytest.mark.parametrize("width", [390, 1100])
def test_no_label_breaks_into_two_lines(new_user, width):
    """Buttons, links, heads and figures are whole lines, in every state."""
    user = new_user(viewport={"width": width, "height": 844})
    assert faults(user, BROKEN, LABELS) == {}


@pytest.mark.parametrize("width", [320, 390, 1100])
def test_no_text_overlaps_another(new_user, width):
    """No words stand on other words or outside of the window, in any state."""
    user = new_user(viewport={"width": width, "height": 844})
    assert faults(user, TEXTS) == {}


@pytest.mark.parametrize("width", [320, 390, 768, 1100])
def test_buttons_of_a_row_are_equal(new_user, width):
    """Their boxes have the same top, height and width, and their words the same top."""
    user = new_user(viewport={"width": width, "height": 844})
    page = user.sign_in()
    boxes = page.locator(".actions > *").evaluate_all(
        """buttons => buttons.map(button => {
            const range = document.createRange();
            range.selectNodeContents(button);
            const box = button.getBoundingClientRect();
            return [box.top, box.height, box.width, range.getBoundingClientRect().top];
        })"""
    )
    assert len(boxes) == 8
    for left, right in zip(boxes[::2], boxes[1::2], strict=True):
        assert left == pytest.approx(right, abs=0.05)


@pytest.mark.parametrize("width", [390, 1100])
def test_marks_of_the_timeline_do_not_overlap(new_user, width):
    """Refreshes close in time share a mark that tells their number; a failure stands beside, in the order of time."""
    user = new_user(viewport={"width": width, "height": 844})
    page = user.sign_in()
    page.evaluate(
        """async () => {
            const { add } = await import("/demo/events.js");
            const { draw } = await import("/demo/page.js");
            const { state } = await import("/demo/state.js");
            const minutes = { refreshed: [300, 299, 298, 160, 159, 2], failed: [158, 20, 19, 18] };
            for (const [kind, ago] of Object.entries(minutes).flatMap(([kind, all]) => all.map(ago => [kind, ago])))
                add({ kind, reason: "timer", tab: state.tab, at: Date.now() - ago * 60_000, text: "Test" });
            draw();
        }"""
    )
    marks = page.locator("#timeline .mark").evaluate_all(
        """marks => marks.map(mark => {
            const { left, right } = mark.getBoundingClientRect();
            return { left, right, told: mark.dataset.kind + mark.dataset.count };
        }).sort((a, b) => a.left - b.left)"""
    )
    for before, after in itertools.pairwise(marks):
        assert before["right"] <= after["left"] + 0.5
    told = [mark["told"] for mark in marks]
    assert told == ["refreshed3", "refreshed2", "failed1", "failed3", "refreshed2"]
    assert page.locator("#timeline .count").all_text_contents() == ["2", "3", "2", "3"]


def test_heads_of_the_counts_start_with_a_capital(user):
    """And stand in an order that does not change with the latest refresh."""
    page = user.sign_in()
    fill(page)
    page.get_by_role("link", name="Activity", exact=True).click()
    heads = page.locator("#counts dt").all_text_contents()
    assert len(heads) == len(REASONS)
    assert [head for head in heads if not head[0].isupper()] == []
    assert heads[0] == "The page was loaded"
