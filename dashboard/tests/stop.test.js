import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { refused } from "./answers.js";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

const TYPES = [
  "pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove", "focus", "popstate", "storage",
  "visibilitychange", "currententrychange",
];
const left = (browser, tab) =>
  [tab, tab.document, tab.navigation]
    .filter(Boolean)
    .flatMap((target) => TYPES.flatMap((type) => getEventListeners(target, type))).length +
  tab.channels.size +
  browser.timers(tab).length;

for (const lacks of [{}, { navigation: true }, { without: ["BroadcastChannel"] }])
  test(`stop() removes every listener, channel and timer at once: ${JSON.stringify(lacks)}`, async () => {
    const { browser, tab, keeper } = await started({}, new Browser(lacks));
    assert.ok(left(browser, tab) > 8);
    keeper.stop();
    assert.equal(left(browser, tab), 0);
    keeper.stop();
    for (const type of TYPES) tab.fire(type);
    keeper.refresh();
    await browser.advance(HOUR);
    assert.equal(browser.requests.length, 0);
    assert.equal(left(browser, tab), 0);
  });

test("A keeper stopped right away asks for nothing, as when a component is mounted twice", async () => {
  const browser = new Browser();
  const tab = browser.open();
  tab.keep().stop();
  tab.keep();
  await browser.advance(MINUTE);
  assert.equal(browser.requests.length, 1);
});

test("stop() gives up the request under way, and no callback is called afterwards", async () => {
  const { browser, tab, keeper } = await started();
  let answer;
  browser.answer = () => new Promise((resolve) => (answer = resolve));
  await browser.advance(15 * MINUTE);
  keeper.stop();
  assert.equal(left(browser, tab), 0);
  assert.equal(browser.requests[0].signal.aborted, true);
  await browser.advance(0);
  assert.equal(left(browser, tab), 0);
  answer(await refused());
  await browser.advance(HOUR);
  assert.deepEqual([tab.refreshes.length, tab.errors.length, tab.expired], [0, 0, 0]);
  assert.equal(left(browser, tab), 0);
});

test("A 401 that arrives in the moment of stop() is not told any more", async () => {
  const { browser, tab, keeper } = await started();
  browser.answer = async () => {
    queueMicrotask(() => keeper.stop());
    return refused();
  };
  await browser.advance(15 * MINUTE);
  assert.equal(tab.expired, 0);
});

test("stop() while the other tabs are told of a 401 keeps onExpired from being called here", async () => {
  const { browser, tab, keeper } = await started();
  browser.answer = refused;
  await browser.advance(14 * MINUTE + 59 * SECOND + 100);
  assert.equal(browser.requests.length, 1);
  keeper.stop();
  await browser.advance(MINUTE);
  assert.equal(tab.expired, 0);
});

test("stop() while waiting for the lock ends the waiting", async () => {
  const { browser, tabs } = await startedTabs();
  browser.answer = () => new Promise(() => {});
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  tabs[1].keeper.refresh();
  await browser.advance(SECOND);
  tabs[1].keeper.stop();
  assert.equal(left(browser, tabs[1]), 0);
  await browser.advance(HOUR);
  assert.ok(browser.requests.every(({ tab }) => tab !== tabs[1]));
});

test("stop() in one tab leaves the others running", async () => {
  const { browser, tabs } = await startedTabs();
  tabs[0].keeper.stop();
  await browser.advance(15 * MINUTE);
  assert.equal(browser.requests.length, 1);
  assert.equal(tabs[0].expired, 0);
});

test("stop() may be called from a callback", async () => {
  const browser = new Browser();
  const tab = browser.open();
  tab.keep({ onRefresh: () => tab.keeper.stop() });
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(tab.reported, []);
  assert.equal(left(browser, tab), 0);
});

test("Nothing piles up: a working day leaves no more listeners than its morning", async (t) => {
  const warnings = [];
  const note = (warning) => warnings.push(warning.message);
  process.on("warning", note);
  t.after(() => process.off("warning", note));
  const { browser, tab } = await started();
  const before = left(browser, tab);
  assert.equal(browser.timers(tab).length, 1, "one timer, and no deadline of a request that is over");
  await tab.work(9 * HOUR);
  await browser.advance(SECOND);
  assert.equal(left(browser, tab), before);
  assert.deepEqual(warnings, []);
});
