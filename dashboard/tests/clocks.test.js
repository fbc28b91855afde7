import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { LOCK } from "./tab.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

test("After a sleep of the machine a due refresh happens at once when the user is back", async () => {
  for (const wake of [(tab) => tab.show("visible"), (tab) => tab.fire("focus"), (tab) => tab.movePointer()]) {
    const { browser, tab } = await started();
    browser.sleep(3 * HOUR);
    wake(tab);
    await browser.advance(0);
    assert.equal(browser.requests.length, 1);
  }
});

test("After a short sleep, without a sign of the user, a due refresh happens within half a minute", async () => {
  const { browser } = await started();
  browser.sleep(20 * MINUTE);
  await browser.advance(30 * SECOND);
  assert.equal(browser.requests.length, 1);
});

test("A machine that slept longer than a user may be idle waits for its user", async () => {
  const { browser, tab } = await started();
  browser.sleep(3 * HOUR);
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
  tab.fire("keydown");
  await browser.advance(0);
  assert.equal(browser.requests.length, 1);
});

test("Timers that a background tab gets late do no more than come late", async () => {
  const { browser, tab } = await started();
  const { setTimeout } = browser;
  browser.setTimeout = (owner, run, ms, ...args) =>
    setTimeout.call(browser, owner, run, owner === tab ? Math.max(ms, MINUTE) : ms, ...args);
  tab.show("hidden");
  await tab.work(4 * HOUR);
  assert.ok(browser.requests.length >= 15, `${browser.requests.length} requests`);
});

for (const step of [-5 * MINUTE, -HOUR, -400 * 24 * HOUR])
  test(`A clock set back does not delay the refresh: by ${-step / HOUR} hours`, async () => {
    const { browser, tab } = await started();
    await browser.advance(5 * MINUTE);
    browser.setClock(step);
    await browser.advance(10 * MINUTE);
    assert.equal(browser.requests.length, 1);
    await tab.work(HOUR);
    assert.equal(browser.requests.length, 5);
  });

test("A clock set back does not delay the refresh of a page loaded later", async () => {
  const { browser, keeper } = await started();
  keeper.stop();
  browser.setClock(-HOUR);
  const next = browser.open();
  next.keep();
  next.fire("keydown");
  await browser.advance(SECOND);
  assert.equal(browser.requests.length, 1);
});

for (const [name, change, rest] of [
  ["the machine sleeps", (browser) => browser.sleep(9 * MINUTE), MINUTE],
  ["the clock is set back", (browser) => browser.setClock(-HOUR), 10 * MINUTE],
])
  test(`A page loaded five minutes after a refresh counts from there, even if then ${name}`, async () => {
    const { browser, keeper } = await started();
    keeper.stop();
    await browser.advance(5 * MINUTE - SECOND);
    browser.open().keep();
    await browser.advance(0);
    change(browser);
    await browser.advance(rest - SECOND);
    assert.equal(browser.requests.length, 0);
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 1);
  });

test("A clock that is set right while a tab waits for the lock does not stop its timer", async () => {
  const { browser } = await started({ idleAfter: Infinity }, new Browser({ without: ["localStorage"] }));
  let release;
  const held = new Promise((resolve) => (release = resolve));
  browser.locks.request(LOCK, { signal: new AbortController().signal }, () => held);
  browser.setClock(HOUR);
  await browser.advance(31 * SECOND);
  browser.setClock(-HOUR);
  release();
  await browser.advance(5 * MINUTE);
  assert.equal(browser.requests.length, 0);
  await browser.advance(10 * MINUTE);
  assert.equal(browser.requests.length, 1);
});

test("A clock set back keeps tabs in step", async () => {
  const { browser, tabs } = await startedTabs({ idleAfter: Infinity });
  browser.setClock(-HOUR);
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 4);
  assert.deepEqual(tabs.map((tab) => tab.refreshes.length), [4, 4, 4, 4, 4]);
});

test("A clock set back by a little while news are under way loses none of them", async () => {
  const { browser, tabs } = await startedTabs({ interval: HOUR }, new Browser({ news: 20 }));
  await browser.advance(2 * MINUTE);
  tabs[0].fire("focus");
  await browser.advance(10);
  browser.setClock(-50);
  await browser.advance(SECOND);
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(tabs.map((tab) => tab.refreshes.length), [1, 1, 1, 1, 1]);
});

test("A clock set forward makes one refresh early and no more", async () => {
  const { browser, tab } = await started();
  browser.setClock(400 * 24 * HOUR);
  tab.fire("keydown");
  await tab.work(30 * MINUTE);
  assert.equal(browser.requests.length, 3);
});

test("A clock set back does not keep an idle user's session alive", async () => {
  const { browser, tab } = await started();
  tab.fire("keydown");
  for (let i = 0; i < 20; i++) {
    await browser.advance(5 * MINUTE);
    browser.setClock(-5 * MINUTE - 7);
  }
  assert.ok(browser.requests.length <= 2, `${browser.requests.length} requests`);
});

test("An interval longer than a timer can be is waited for", async () => {
  const { browser } = await started({ interval: 2 ** 31 + MINUTE, idleAfter: Infinity, minGap: 1 });
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
  browser.sleep(2 ** 31);
  await browser.advance(MINUTE);
  assert.equal(browser.requests.length, 1);
});

test("News that reach a frozen tab hours late are not taken for fresh", async () => {
  const { browser, tabs } = await startedTabs({}, new Browser({ without: ["localStorage"] }));
  await browser.advance(MINUTE);
  const frozen = tabs[4];
  const [channel] = frozen.channels;
  const late = [];
  const hear = channel.onmessage;
  channel.onmessage = (event) => late.push(event);
  tabs[0].keeper.refresh();
  await browser.advance(SECOND);
  for (const tab of tabs.slice(0, 4)) tab.keeper.stop();
  assert.ok(late.length > 0);
  browser.sleep(3 * HOUR);
  late.forEach(hear);
  browser.requests.length = 0;
  frozen.fire("keydown");
  await browser.advance(0);
  assert.equal(browser.requests.length, 1);
});

test("Older news that come after newer ones change nothing", async () => {
  const { browser, tabs } = await startedTabs({ idleAfter: Infinity }, new Browser({ without: ["localStorage"] }));
  const [channel] = tabs[1].channels;
  const { onmessage } = channel;
  const late = [];
  channel.onmessage = (event) => late.push(event);
  await browser.advance(2 * MINUTE);
  await Promise.all([tabs[0].keeper.refresh(), browser.advance(SECOND)]);
  channel.onmessage = onmessage;
  await browser.advance(2 * MINUTE);
  await Promise.all([tabs[0].keeper.refresh(), browser.advance(SECOND)]);
  assert.equal(tabs[1].refreshes.length, 1);
  for (const event of late) onmessage(event);
  assert.equal(tabs[1].refreshes.length, 1);
  tabs[1].fire("focus");
  await browser.advance(0);
  assert.equal(browser.requests.length, 2);
});
