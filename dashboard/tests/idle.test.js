import assert from "node:assert/strict";
import { test } from "node:test";
import { refused } from "./answers.js";
import { started, startedTabs } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

test("An idle user's session is not kept alive: after 30 minutes without input nothing refreshes it", async () => {
  const { browser, tab } = await started();
  tab.fire("keydown");
  await browser.advance(31 * MINUTE);
  const before = browser.requests.length;
  for (let minutes = 0; minutes < 9 * 60; minutes += 10) {
    tab.history.replaceState({}, "", "/dashboard/next"); // A page that turns its own leaves.
    await browser.advance(10 * MINUTE);
  }
  assert.equal(browser.requests.length, before);
  assert.equal(browser.timers(tab).length, 0, "the timer rests");
});

for (const type of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove"])
  test(`Input resumes the timer, with a refresh at once if one is due: ${type}`, async () => {
    const { browser, tab } = await started();
    await browser.advance(3 * HOUR);
    browser.requests.length = tab.refreshes.length = 0;
    tab.fire(type);
    await browser.advance(0);
    assert.deepEqual(tab.refreshes.map(({ reason }) => reason), ["activity"]);
    await browser.advance(15 * MINUTE);
    assert.equal(browser.requests.length, 2);
  });

test("Input resumes the timer where no refresh is due yet", async () => {
  const { browser, tab } = await started({ interval: HOUR });
  await browser.advance(50 * MINUTE);
  tab.fire("keydown");
  await browser.advance(9 * MINUTE);
  assert.equal(browser.requests.length, 0);
  await browser.advance(MINUTE);
  assert.equal(browser.requests.length, 1);
});

for (const [name, comeBack] of Object.entries({
  focus: (tab) => tab.fire("focus"),
  visible: (tab) => tab.show("visible"),
}))
  test(`A user who comes back to the tab is not idle any more: ${name}`, async () => {
    const { browser, tab } = await started();
    await browser.advance(3 * HOUR);
    browser.requests.length = 0;
    comeBack(tab);
    await browser.advance(16 * MINUTE);
    assert.equal(browser.requests.length, 2);
  });

test("A field that gains focus is not the window that does: the page may have moved it there by itself", async () => {
  const { browser, tab } = await started();
  await browser.advance(3 * HOUR);
  browser.requests.length = 0;
  const field = new EventTarget(); // Its focus does not bubble, but passes through the window on its way down.
  tab.dispatchEvent(Object.defineProperty(new Event("focus"), "target", { value: field }));
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
});

test("Work in one tab counts for all tabs", async () => {
  const { browser, tabs } = await startedTabs();
  await tabs[0].work(2 * HOUR);
  tabs[0].keeper.stop();
  browser.requests.length = 0;
  await browser.advance(29 * MINUTE);
  assert.ok(browser.requests.length > 0);
});

test("Work in one tab resumes the timers of all tabs", async () => {
  const { browser, tabs } = await startedTabs();
  await browser.advance(HOUR);
  tabs[0].fire("keydown");
  tabs[0].keeper.stop();
  browser.requests.length = 0;
  await browser.advance(16 * MINUTE);
  assert.equal(browser.requests.length, 2);
});

test("A page that reloads itself is no sign of its user", async () => {
  const { browser, tab } = await started();
  tab.fire("keydown");
  tab.keeper.stop();
  for (let minutes = 0; minutes < 9 * 60; minutes += 10) {
    await browser.advance(10 * MINUTE);
    const page = browser.open();
    page.keep();
    await browser.advance(SECOND);
    page.keeper.stop();
  }
  assert.ok(browser.requests.length <= 2, `${browser.requests.length} requests`);
});

test("With idleAfter: Infinity nobody is idle", async () => {
  const { browser } = await started({ idleAfter: Infinity });
  await browser.advance(10 * HOUR);
  assert.equal(browser.requests.length, 40);
});

test("A session that ended while its user was away is noticed when they come back", async () => {
  const { browser, tab } = await started();
  await browser.advance(10 * HOUR);
  browser.answer = refused;
  tab.movePointer();
  await browser.advance(SECOND);
  assert.equal(tab.expired, 1);
});

test("A call of refresh() is the page's own decision, idle or not", async () => {
  const { browser, tab } = await started();
  await browser.advance(3 * HOUR);
  browser.requests.length = 0;
  await Promise.all([tab.keeper.refresh(), browser.advance(SECOND)]);
  assert.equal(browser.requests.length, 1);
});

test("A moving pointer does not write to the other tabs each time", async () => {
  const { browser, tab } = await started();
  let writes = 0;
  const { set } = browser.stored;
  browser.stored.set = function (...args) {
    writes++;
    return set.apply(this, args);
  };
  for (let i = 0; i < 600; i++) {
    tab.movePointer();
    await browser.advance(100);
  }
  assert.ok(writes <= 3, `${writes} writes in a minute`);
});
