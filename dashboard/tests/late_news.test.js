// News carry when their request began: what is known to be newer wins, however late the rest comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hold, refreshed, refused, unreachable } from "./answers.js";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { LOCK } from "./tab.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

// The first tab asks and is frozen before its answer is read; the second one refreshes meanwhile.
async function thawedHolder(browser, tabs) {
  const held = hold(browser);
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  await browser.advance(0);
  tabs[0].frozen = true;
  await browser.advance(MINUTE);
  browser.answer = refreshed;
  tabs[1].keeper.refresh();
  await browser.advance(30 * SECOND);
  for (const tab of tabs) tab.refreshes.length = tab.errors.length = 0;
  return held;
}

for (const [name, lacks] of Object.entries({ "all there is": [], "no storage": ["localStorage"] }))
  for (const first of ["the answer", "the news"])
    test(`A 401 in a thawed tab ends no session that others refreshed since: ${name}, ${first} first`, async () => {
      const { browser, tabs } = await startedTabs({}, new Browser({ without: lacks }));
      const held = await thawedHolder(browser, tabs);
      if (first === "the answer" && !lacks.length) await held.give(refused);
      tabs[0].frozen = false;
      await browser.advance(10);
      if (first === "the news" || lacks.length) await held.give(refused);
      await browser.advance(MINUTE);
      assert.deepEqual(tabs.map((tab) => tab.expired), [0, 0, 0, 0, 0]);
    });

test("A failure in a thawed tab is told to nobody if others refreshed since", async () => {
  const { browser, tabs } = await startedTabs();
  await thawedHolder(browser, tabs);
  const stored = browser.stored.get(LOCK);
  tabs[0].frozen = false; // Its deadline passed meanwhile.
  await browser.advance(5 * SECOND);
  assert.equal(browser.stored.get(LOCK), stored);
  assert.deepEqual(tabs.map((tab) => tab.errors.length), [0, 0, 0, 0, 0]);
});

test("A 401 that took long does not end the session of a page that was loaded meanwhile", async () => {
  const { browser, tab } = await started();
  const held = hold(browser);
  await browser.advance(15 * MINUTE);
  await browser.advance(SECOND);
  const next = browser.open(); // after a sign-in
  next.keep();
  await browser.advance(SECOND);
  browser.answer = refreshed;
  await held.give(refused);
  await browser.advance(30 * SECOND);
  assert.deepEqual([tab.expired, next.expired], [0, 0]);
  assert.equal(browser.requests.length, 2, "one of them asked once more, for both");
});

test("A tab that is told of a 401 older than its page asks once for itself", async () => {
  const { browser, tab } = await started();
  const [channel] = tab.channels;
  browser.requests.length = 0;
  channel.onmessage({ data: { at: browser.wall - 2 * SECOND, over: "expired" } });
  await browser.advance(SECOND);
  assert.equal(browser.requests.length, 0, "it has refreshed since");
  const next = browser.open();
  next.keep();
  next.channels.values().next().value.onmessage({ data: { at: browser.wall - 200, over: "expired" } });
  await browser.advance(SECOND);
  assert.deepEqual(browser.requests.map((request) => request.tab), [next]);
  assert.equal(next.refreshes.at(-1).reason, "check");
  assert.equal(next.expired, 0);
});

test("If that is refused too, the session is over in all tabs", async () => {
  const { browser, tab } = await started();
  const held = hold(browser);
  await browser.advance(15 * MINUTE);
  const next = browser.open();
  next.keep();
  await browser.advance(SECOND);
  browser.answer = refused;
  await held.give(refused);
  await browser.advance(5 * SECOND);
  assert.deepEqual([tab.expired, next.expired], [1, 1]);
  assert.equal(browser.requests.length, 2);
});

test("A 401 after a clock was set back is no old one", async () => {
  const { browser, tabs } = await startedTabs({ idleAfter: Infinity });
  browser.setClock(-HOUR);
  browser.answer = refused;
  await browser.advance(16 * MINUTE);
  assert.deepEqual(tabs.map((tab) => tab.expired), [1, 1, 1, 1, 1]);
});

test("A clock set back in the middle of a request loses neither its success nor its 401", async () => {
  const { browser, tab } = await started({ idleAfter: Infinity });
  for (const answer of [refreshed, refused]) {
    const held = hold(browser);
    tab.refreshes.length = browser.requests.length = 0;
    await browser.advance(15 * MINUTE);
    browser.setClock(-HOUR);
    await held.give(answer);
    await browser.advance(5 * SECOND);
    assert.equal(browser.requests.length, 1);
  }
  assert.deepEqual([tab.refreshes.length, tab.expired], [0, 1]);
});

test("A new sign-in inherits nothing of the session before: no record, no failures, no waits", async () => {
  const { browser, tab } = await started();
  browser.answer = unreachable;
  await browser.advance(17 * MINUTE);
  assert.ok(tab.errors.length > 2);
  browser.answer = refused;
  await browser.advance(5 * MINUTE);
  assert.equal(tab.expired, 1);
  assert.equal(browser.stored.size, 0);
  browser.answer = refreshed;
  const next = browser.open();
  next.keep();
  await browser.advance(SECOND);
  assert.equal(next.refreshes.length, 1);
  browser.answer = unreachable;
  await browser.advance(15 * MINUTE);
  assert.ok(next.errors[0].retryIn <= 2 * SECOND);
});
