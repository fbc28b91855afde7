import assert from "node:assert/strict";
import { test } from "node:test";
import { json, refreshed, refused, unreachable } from "./answers.js";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { LOCK } from "./tab.js";
import { MINUTE, SECOND } from "./times.js";

const counts = (tabs) => tabs.map((tab) => tab.refreshes.length);

// What tabs can tell each other with, and how slowly: each row must keep the promises below.
const BROWSERS = {
  "all there": {},
  "slow news": { news: 100 },
  "slow news, no localStorage": { news: 100, without: ["localStorage"] },
  "no BroadcastChannel": { without: ["BroadcastChannel"] },
  "no BroadcastChannel, slow news": { news: 100, without: ["BroadcastChannel"] },
};
for (const [name, lacks] of Object.entries(BROWSERS)) {
  test(`Five tabs that fire in the same moment refresh once, and all are told: ${name}`, async () => {
    const { browser, tabs } = await startedTabs({}, new Browser(lacks));
    await browser.advance(MINUTE);
    for (const tab of tabs) tab.keeper.refresh();
    await browser.advance(10 * SECOND);
    assert.equal(browser.requests.length, 1);
    assert.deepEqual(counts(tabs), [1, 1, 1, 1, 1]);
    assert.deepEqual(new Set(tabs.map((tab) => tab.refreshes[0].tab)), new Set([tabs[0].keeper.tab]));
  });

  test(`Five tabs share one timer: ${name}`, async () => {
    const { browser } = await startedTabs({ idleAfter: Infinity }, new Browser(lacks));
    await browser.advance(60 * MINUTE);
    assert.equal(browser.requests.length, 4);
  });

  test(`The end of the session is told once in every tab: ${name}`, async () => {
    const { browser, tabs } = await startedTabs({}, new Browser(lacks));
    browser.answer = refused;
    await browser.advance(MINUTE);
    for (const tab of tabs) tab.keeper.refresh();
    await browser.advance(60 * MINUTE);
    assert.deepEqual(tabs.map((tab) => tab.expired), [1, 1, 1, 1, 1]);
    assert.deepEqual(tabs.flatMap((tab) => tab.errors), []);
    assert.equal(browser.requests.length, 1);
  });
}

test("Without Web Locks, jitter keeps the timers apart and the first one's news stop the others", async () => {
  const { browser, tabs } = await startedTabs({ jitter: 0.1 }, new Browser({ without: ["locks"] }));
  await browser.advance(17 * MINUTE);
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(counts(tabs), [1, 1, 1, 1, 1]);
});

test("Without locks, channel and storage each tab keeps the session by itself", async () => {
  const browser = new Browser({ without: ["locks", "BroadcastChannel", "localStorage"] });
  const { tabs } = await startedTabs({}, browser);
  await browser.advance(15 * MINUTE);
  assert.equal(browser.requests.length, 5);
  assert.deepEqual(counts(tabs), [1, 1, 1, 1, 1]);
});

test("The minimum gap is shared: another tab does not refresh again within it", async () => {
  const { browser, tabs } = await startedTabs();
  await browser.advance(MINUTE);
  tabs[0].fire("focus");
  await browser.advance(59 * SECOND);
  tabs[1].fire("focus");
  await browser.advance(0);
  assert.equal(browser.requests.length, 1);
  await browser.advance(SECOND);
  tabs[2].fire("focus");
  await browser.advance(0);
  assert.equal(browser.requests.length, 2);
});

test("Every tab is told why and where the session was refreshed", async () => {
  const { browser, tabs } = await startedTabs();
  await browser.advance(MINUTE);
  const at = browser.wall;
  tabs[3].history.pushState({}, "", "/reports");
  await browser.advance(SECOND);
  for (const tab of tabs) assert.deepEqual(tab.refreshes, [{ reason: "route", tab: tabs[3].keeper.tab, at }]);
});

test("A failure in one tab holds back all of them", async () => {
  const { browser, tabs } = await startedTabs();
  browser.answer = async () => json(503, {}, { "Retry-After": "90" });
  await browser.advance(MINUTE);
  for (const tab of tabs) tab.keeper.refresh();
  await browser.advance(SECOND);
  browser.answer = refreshed;
  for (const tab of tabs) tab.fire("focus");
  await browser.advance(88 * SECOND);
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(tabs.map((tab) => tab.errors.length), [1, 0, 0, 0, 0]);
  await browser.advance(10 * SECOND);
  assert.equal(browser.requests.length, 2);
});

test("The back-off of an outage is one for all tabs", async () => {
  const { browser } = await startedTabs();
  browser.answer = unreachable;
  await browser.advance(25 * MINUTE);
  assert.ok(browser.requests.length > 5 && browser.requests.length < 14, `${browser.requests.length} attempts`);
});

test("What others write to localStorage is not news", async () => {
  const { browser, tab } = await started({}, new Browser({ without: ["BroadcastChannel"] }));
  tab.fire("storage", { key: "of another script", newValue: '{"expired":true}' });
  tab.fire("storage", { key: null, newValue: null });
  await browser.advance(SECOND);
  assert.equal(tab.expired, 0);
});

test("Sessions of different endpoints do not mix", async () => {
  const browser = new Browser();
  const [here, there] = [browser.open(), browser.open()];
  here.keep({ url: "/a" });
  there.keep({ url: "/b" });
  await browser.advance(SECOND);
  browser.answer = refused;
  await browser.advance(MINUTE);
  here.keeper.refresh();
  await browser.advance(SECOND);
  assert.deepEqual([here.expired, there.expired], [1, 0]);
});

test("A new sign-in after the end of a session starts afresh", async () => {
  const { browser, tabs } = await startedTabs();
  browser.answer = refused;
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  await browser.advance(SECOND);
  browser.answer = refreshed;
  const next = browser.open();
  next.keep();
  await browser.advance(SECOND);
  assert.equal(next.expired, 0);
  assert.equal(next.refreshes.length, 1);
});

for (const junk of ["", "null", "[]", "7", "{", '{"at":"x","input":{},"failures":-1}', '{"at":9e15,"input":9e15}'])
  test(`A stored record that nobody can read does no harm: ${junk}`, async () => {
    const browser = new Browser();
    browser.stored.set(LOCK, junk);
    const tab = browser.open();
    tab.keep();
    await browser.advance(SECOND);
    tab.fire("keydown");
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 1);
    await tab.work(15 * MINUTE);
    assert.equal(browser.requests.length, 2);
  });
