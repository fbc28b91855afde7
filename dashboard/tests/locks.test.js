import assert from "node:assert/strict";
import { test } from "node:test";
import { json, refreshed, refused } from "./answers.js";
import { Browser } from "./browser.js";
import { startedTabs } from "./started.js";
import { LOCK } from "./tab.js";
import { MINUTE, SECOND } from "./times.js";

// Two tabs want to refresh; one asks, and while the other waits for the lock, the answer comes.
async function oneAnswerForTwo(browser, tabs, answer) {
  let arrive;
  browser.answer = () => new Promise((resolve) => (arrive = async () => resolve(await answer())));
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  tabs[1].keeper.refresh();
  await browser.advance(5 * SECOND);
  arrive();
  await browser.advance(5 * SECOND);
  assert.equal(browser.requests.length, 1);
}

test("News that come while a tab waits for the lock spare its request", async () => {
  const { browser, tabs } = await startedTabs({}, new Browser({ without: ["localStorage"] }));
  await oneAnswerForTwo(browser, tabs, () => json(200, { refreshed: true }));
  assert.deepEqual(tabs.slice(0, 2).map((tab) => tab.refreshes.length), [1, 1]);
});

test("A tab that waits for the lock when the session ends makes no request", async () => {
  const { browser, tabs } = await startedTabs();
  await oneAnswerForTwo(browser, tabs, refused);
  assert.equal(tabs[1].expired, 1);
});

test("A frozen tab that holds the lock costs the others some seconds, not the session", async () => {
  const { browser, tabs } = await startedTabs();
  browser.freezeHolder(LOCK);
  await browser.advance(MINUTE);
  tabs[1].keeper.refresh();
  await browser.advance(30 * SECOND);
  assert.equal(browser.requests.length, 1);
});

test("A tab closed in the middle of a refresh does not keep the others from theirs", async () => {
  const { browser, tabs } = await startedTabs();
  browser.answer = () => new Promise(() => {});
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  await browser.advance(SECOND);
  tabs[0].keeper.stop();
  browser.answer = refreshed;
  tabs[1].keeper.refresh();
  await browser.advance(SECOND);
  assert.equal(tabs[1].refreshes.length, 1);
});
