// Pages that come back: from the back/forward cache, from prerendering, from a lost network. And pages that leave.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hold, json, refreshed, refused, unreachable } from "./answers.js";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { LOCK } from "./tab.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

const leave = (tab) => tab.fire("pagehide", { persisted: true });
const comeBack = (tab) => tab.fire("pageshow", { persisted: true });
const reasons = (tab) => tab.refreshes.map(({ reason }) => reason);

test("A page that is restored asks at once, whatever the gap, and lives on", async () => {
  const { browser, tab } = await started();
  leave(tab);
  await browser.advance(10 * SECOND);
  comeBack(tab);
  await browser.advance(SECOND);
  assert.deepEqual(reasons(tab), ["restored"]);
  await browser.advance(15 * MINUTE);
  assert.deepEqual(reasons(tab), ["restored", "timer"]);
  assert.equal(tab.resumed, 0, "it was never over");
});

test("A page in the cache does nothing, and lets go of everything", async () => {
  const { browser, tab } = await started();
  leave(tab);
  assert.equal(tab.channels.size + browser.timers(tab).length, 0);
  tab.fire("keydown");
  tab.keeper.refresh();
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
});

test("A page that is shown for the first time is not restored", async () => {
  const { browser, tab } = await started();
  tab.fire("pageshow", { persisted: false });
  await browser.advance(SECOND);
  assert.equal(browser.requests.length, 0);
});

test("A page restored after its session's end is told again, or lives again after a sign-in", async () => {
  const { browser, tab } = await started();
  browser.answer = refused;
  await browser.advance(16 * MINUTE);
  assert.equal(tab.expired, 1);
  leave(tab);
  comeBack(tab);
  await browser.advance(SECOND);
  assert.deepEqual([tab.expired, tab.resumed], [2, 0]);
  leave(tab);
  browser.answer = refreshed;
  comeBack(tab);
  await browser.advance(SECOND);
  assert.deepEqual([tab.expired, tab.resumed, tab.refreshes.length], [2, 1, 1]);
  await browser.advance(15 * MINUTE);
  assert.equal(tab.refreshes.length, 2);
});

test("A page restored after signing out is told of it", async () => {
  const { browser, tab } = await started();
  await tab.keeper.signOut(() => {});
  leave(tab);
  browser.answer = refused;
  comeBack(tab);
  await browser.advance(SECOND);
  assert.equal(tab.expired, 1);
});

test("A keeper that the page has stopped stays stopped", async () => {
  const { browser, tab } = await started();
  tab.keeper.stop();
  comeBack(tab);
  await browser.advance(SECOND);
  assert.equal(browser.requests.length, 0);
});

test("A restored page keeps to a wait that the server asked for, for a minute at most", async () => {
  const { browser, tab } = await started();
  browser.answer = async () => json(503, {}, { "Retry-After": "200" });
  await browser.advance(15 * MINUTE);
  leave(tab);
  browser.answer = refreshed;
  comeBack(tab);
  await browser.advance(59 * SECOND);
  assert.equal(browser.requests.length, 1);
  await browser.advance(2 * SECOND);
  assert.equal(browser.requests.length, 2);
});

test("A prerendered page waits until it is shown", async () => {
  const browser = new Browser({ navigation: true });
  const tab = browser.open();
  tab.document.prerendering = true;
  tab.keep();
  tab.fire("currententrychange", {}, tab.navigation);
  tab.keeper.refresh();
  tab.keeper.resume();
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
  assert.equal(browser.stored.size, 0);
  tab.document.prerendering = false;
  tab.fire("prerenderingchange", {}, tab.document);
  await browser.advance(SECOND);
  assert.deepEqual(reasons(tab), ["start"]);
});

test("A prerendered page that is stopped before it is shown never begins", async () => {
  const browser = new Browser();
  const tab = browser.open();
  tab.document.prerendering = true;
  tab.keep().stop();
  tab.fire("prerenderingchange", {}, tab.document);
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
});

// Ten minutes without a network, so that the next try is minutes away.
async function offline(answer = unreachable) {
  const all = await started({ idleAfter: Infinity });
  all.browser.answer = answer;
  await all.browser.advance(25 * MINUTE);
  all.tab.errors.length = 0;
  while (!all.tab.errors.length) await all.browser.advance(SECOND); // The next try is not now.
  all.browser.answer = refreshed;
  all.browser.requests.length = 0;
  return all;
}

test("When the network is back, it tries soon", async () => {
  const { browser, tab } = await offline();
  tab.fire("online");
  await browser.advance(2 * SECOND);
  assert.equal(tab.refreshes.length, 1);
});

test("When the network is back in the middle of an attempt that fails, it tries soon, too", async () => {
  const { browser, tab } = await offline();
  hold(browser);
  while (!browser.requests.length) await browser.advance(SECOND);
  tab.fire("online");
  browser.answer = refreshed;
  await browser.advance(14 * SECOND);
  assert.equal(tab.refreshes.length, 1);
});

test("When the network is back, a wait that the server asked for is kept", async () => {
  const { browser, tab } = await offline(async () => json(503, {}, { "Retry-After": "290" }));
  tab.fire("online");
  await browser.advance(2 * SECOND);
  assert.equal(browser.requests.length, 0);
});

test("When the network is back and nothing had failed, or nobody is there, nothing is asked", async () => {
  const { browser, tab } = await started();
  tab.fire("online");
  await browser.advance(5 * SECOND);
  assert.equal(browser.requests.length, 0);
  browser.answer = unreachable;
  await browser.advance(HOUR);
  browser.requests.length = 0;
  tab.fire("online");
  await browser.advance(MINUTE);
  assert.equal(browser.requests.length, 0);
});

test("A request that the browser cuts off just before it tells that the page is left is no failure", async () => {
  const { browser, tab } = await started();
  browser.answer = unreachable;
  await browser.advance(15 * MINUTE - 100);
  leave(tab);
  await browser.advance(MINUTE);
  assert.equal(tab.errors.length, 0);
});

test("A page that is left in the middle of a refresh tells nobody a failure", async () => {
  const { browser, tabs } = await startedTabs();
  hold(browser);
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  await browser.advance(SECOND);
  const stored = browser.stored.get(LOCK);
  leave(tabs[0]);
  assert.equal(browser.requests[0].signal.aborted, true);
  await browser.advance(MINUTE);
  assert.equal(browser.stored.get(LOCK), stored);
  assert.equal(tabs[0].errors.length, 0);
});
