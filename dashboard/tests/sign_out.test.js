import assert from "node:assert/strict";
import { test } from "node:test";
import { hold, refreshed, refused } from "./answers.js";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { LOCK } from "./tab.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

// Signs out in the first of five tabs, by a call that takes a second.
async function signedOut(options, browser) {
  const all = await startedTabs(options, browser);
  let finish;
  const work = () => new Promise((resolve) => (finish = () => resolve("done")));
  const result = all.tabs[0].keeper.signOut(work);
  await all.browser.advance(SECOND);
  return { ...all, result, finish };
}

for (const lacks of [[], ["BroadcastChannel"]])
  test(`signOut() stops all tabs, does the page's work, and then tells the others: ${lacks}`, async () => {
    const { browser, tabs, result, finish } = await signedOut({}, new Browser({ without: lacks }));
    for (const tab of tabs) tab.keeper.refresh();
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 0, "nobody refreshes while the work is done");
    assert.deepEqual(tabs.map((tab) => tab.signedOut), [0, 0, 0, 0, 0]);
    finish();
    assert.equal(await result, "done");
    await browser.advance(SECOND);
    assert.deepEqual(tabs.map((tab) => tab.signedOut), [0, 1, 1, 1, 1]);
    await browser.advance(HOUR);
    assert.equal(browser.requests.length, 0);
    assert.deepEqual(tabs.map((tab) => tab.expired), [0, 0, 0, 0, 0]);
    assert.equal(browser.stored.size, 0);
  });

test("Without onSignedOut, onExpired is called", async () => {
  const { browser, tabs, finish } = await signedOut({ onSignedOut: undefined });
  finish();
  await browser.advance(SECOND);
  assert.deepEqual(tabs.map((tab) => tab.expired), [0, 1, 1, 1, 1]);
});

for (const holder of [0, 1])
  test(`A refresh under way is given up before the work begins: in tab ${holder}`, async () => {
    const { browser, tabs } = await startedTabs();
    const held = hold(browser);
    await browser.advance(MINUTE);
    tabs[holder].keeper.refresh();
    await browser.advance(0);
    let begun;
    tabs[0].keeper.signOut(() => (begun = browser.requests[0].signal.aborted));
    await browser.advance(SECOND);
    assert.equal(begun, true);
    await held.give(refreshed);
    await browser.advance(SECOND);
    assert.deepEqual(tabs.map((tab) => tab.refreshes.length), [0, 0, 0, 0, 0]);
    assert.equal(browser.stored.size, 0);
  });

test("A page that is loaded while the work is done asks when it is over", async () => {
  const { browser, result, finish } = await signedOut();
  const next = browser.open();
  next.keep();
  await browser.advance(5 * SECOND);
  assert.equal(browser.requests.length, 0);
  browser.answer = refused;
  finish();
  await result;
  await browser.advance(SECOND);
  assert.equal(next.expired, 1);
});

test("signOut() fails as its work does, and can be tried again", async () => {
  const { tab, keeper } = await started();
  await assert.rejects(keeper.signOut(() => Promise.reject(new Error("offline"))), /offline/);
  await assert.rejects(keeper.signOut(() => { throw new Error("mistake"); }), /mistake/);
  assert.equal(await keeper.signOut(() => 204), 204);
  assert.deepEqual([tab.expired, tab.signedOut, tab.reported.length], [0, 0, 0]);
});

test("signOut() reaches the other tabs from a keeper that has stopped", async () => {
  const { browser, tabs } = await startedTabs();
  tabs[0].keeper.stop();
  assert.equal(await tabs[0].keeper.signOut(() => 204), 204);
  await browser.advance(SECOND);
  assert.deepEqual(tabs.map((tab) => tab.signedOut), [0, 1, 1, 1, 1]);
  assert.equal(tabs[0].channels.size, 0);
});

test("A frozen tab that holds the lock delays signing out by seconds", async () => {
  const { browser, tabs } = await startedTabs();
  browser.freezeHolder(LOCK);
  let done = 0;
  tabs[0].keeper.signOut(() => done++);
  await browser.advance(21 * SECOND);
  assert.equal(done, 1);
});

test("A tab that hears late of it, after a new sign-in, asks for itself", async () => {
  const { browser, tabs, finish } = await (async () => {
    const all = await startedTabs();
    all.tabs[4].frozen = true;
    let finish;
    all.tabs[0].keeper.signOut(() => new Promise((resolve) => (finish = resolve)));
    await all.browser.advance(SECOND);
    return { ...all, finish };
  })();
  finish();
  await browser.advance(SECOND);
  const next = browser.open();
  next.keep();
  await browser.advance(SECOND);
  tabs[4].frozen = false;
  await browser.advance(5 * SECOND);
  assert.deepEqual([next.signedOut, tabs[4].signedOut, tabs[4].expired], [0, 0, 0]);
});

test("A tab that is stopped while others sign out is told nothing", async () => {
  const { browser, tabs, finish } = await signedOut();
  tabs[1].keeper.stop();
  finish();
  await browser.advance(SECOND);
  assert.deepEqual(tabs.map((tab) => tab.signedOut), [0, 0, 1, 1, 1]);
});
