// With pauseOnExpired: a person is brought through the end of a session, and the page stays as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hold, refreshed, refused, unreachable } from "./answers.js";
import { Browser } from "./browser.js";
import { started, startedTabs } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

// Five tabs whose session is over.
async function paused(options, browser) {
  const all = await startedTabs({ pauseOnExpired: true, ...options }, browser);
  all.browser.answer = refused;
  await all.browser.advance(16 * MINUTE);
  assert.deepEqual(all.tabs.map((tab) => tab.expired), [1, 1, 1, 1, 1]);
  all.browser.requests.length = 0;
  return all;
}
const resumed = (tabs) => tabs.map((tab) => tab.resumed);

test("A paused keeper asks nothing, whatever happens", async () => {
  const { browser, tabs } = await paused();
  for (const tab of tabs) {
    for (const type of ["keydown", "focus", "online"]) tab.fire(type);
    tab.show("visible");
    tab.history.pushState({}, "", "/reports");
    tab.keeper.refresh();
  }
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 0);
  assert.ok(tabs.every((tab) => browser.timers(tab).length === 0));
});

for (const lacks of [[], ["BroadcastChannel"], ["locks"]])
  test(`resume() in one tab sets all of them going again: without ${lacks}`, async () => {
    const { browser, tabs } = await paused({}, new Browser({ without: lacks }));
    browser.answer = refreshed;
    await Promise.all([tabs[2].keeper.resume(), browser.advance(SECOND)]);
    assert.deepEqual(resumed(tabs), [1, 1, 1, 1, 1]);
    assert.equal(browser.requests.length, 1);
    for (const tab of tabs) tab.fire("keydown");
    await browser.advance(15 * MINUTE);
    assert.equal(browser.requests.length, 2);
    assert.deepEqual(tabs.map((tab) => tab.refreshes.length), [2, 2, 2, 2, 2]);
  });

test("A page that is loaded after a sign-in sets them all going again", async () => {
  const { browser, tabs } = await paused();
  browser.answer = refreshed;
  browser.open().keep();
  await browser.advance(SECOND);
  assert.deepEqual(resumed(tabs), [1, 1, 1, 1, 1]);
  assert.equal(browser.requests.length, 1);
});

test("resume() after a sign-in that failed says again that the session is over", async () => {
  const { browser, tabs } = await paused();
  await Promise.all([tabs[0].keeper.resume(), browser.advance(SECOND)]);
  assert.deepEqual(tabs.map((tab) => tab.expired), [2, 1, 1, 1, 1]);
  assert.deepEqual(resumed(tabs), [0, 0, 0, 0, 0]);
});

test("resume() while the service is away resumes when it is back", async () => {
  const { browser, tabs } = await paused();
  browser.answer = unreachable;
  await Promise.all([tabs[0].keeper.resume(), browser.advance(2 * SECOND)]);
  assert.equal(tabs[0].errors.length, 1);
  browser.answer = refreshed;
  await browser.advance(5 * SECOND);
  assert.deepEqual(resumed(tabs), [1, 1, 1, 1, 1]);
});

test("resume() breaks a wait that was for the session before", async () => {
  const { browser, tabs } = await startedTabs();
  browser.answer = unreachable;
  await browser.advance(25 * MINUTE);
  browser.answer = refreshed;
  browser.requests.length = 0;
  await Promise.all([tabs[0].keeper.resume(), browser.advance(SECOND)]);
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(resumed(tabs), [0, 0, 0, 0, 0], "nobody was paused");
});

test("resume() in the middle of a refresh that is then refused asks again", async () => {
  const { browser, tabs } = await startedTabs({ pauseOnExpired: true });
  const held = hold(browser);
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  await browser.advance(SECOND);
  tabs[0].keeper.resume();
  browser.answer = refreshed;
  await held.give(refused);
  await browser.advance(5 * SECOND);
  assert.equal(browser.requests.length, 2);
  assert.deepEqual(tabs.map((tab) => tab.expired), [0, 0, 0, 0, 0]);
});

test("An old success that comes late revives nobody", async () => {
  const { browser, tabs } = await startedTabs({ pauseOnExpired: true });
  const late = { at: browser.wall + MINUTE - 5, failures: 0, wait: 0, reason: "timer", tab: "frozen" };
  browser.answer = refused;
  await browser.advance(MINUTE);
  tabs[0].keeper.refresh();
  await browser.advance(5 * SECOND);
  for (const tab of tabs) for (const channel of tab.channels) channel.onmessage({ data: late });
  await browser.advance(SECOND);
  assert.deepEqual(resumed(tabs), [0, 0, 0, 0, 0]);
});

test("A paused tab that missed the news sees it when it is shown again", async () => {
  const { browser, tabs } = await paused();
  const [channel] = tabs[4].channels;
  const { onmessage } = channel;
  channel.onmessage = undefined;
  browser.answer = refreshed;
  tabs[0].keeper.resume();
  await browser.advance(SECOND);
  channel.onmessage = onmessage;
  assert.equal(tabs[4].resumed, 0);
  tabs[4].show("visible");
  assert.equal(tabs[4].resumed, 1);
});

test("Tabs that signed out pause too, and go on with the next session", async () => {
  const { browser, tabs } = await startedTabs({ pauseOnExpired: true });
  await tabs[0].keeper.signOut(() => {});
  await browser.advance(SECOND);
  assert.deepEqual(tabs.map((tab) => tab.signedOut), [0, 1, 1, 1, 1]);
  browser.answer = refreshed;
  browser.open().keep();
  await browser.advance(SECOND);
  assert.deepEqual(resumed(tabs), [1, 1, 1, 1, 1]);
});

test("A tab that is revived before it was told of the signing out is not told any more", async () => {
  const { browser, tabs } = await startedTabs({ pauseOnExpired: true });
  let finish;
  tabs[0].keeper.signOut(() => new Promise((resolve) => (finish = resolve)));
  await browser.advance(SECOND);
  for (const channel of tabs[1].channels)
    channel.onmessage({ data: { at: browser.wall, failures: 0, wait: 0, reason: "start", tab: "other" } });
  finish();
  await browser.advance(SECOND);
  assert.deepEqual([tabs[1].signedOut, tabs[1].resumed], [0, 1]);
});

test("Without pauseOnExpired, resume() revives its own tab alone; after stop(), nothing does", async () => {
  const { browser, tabs } = await paused({ pauseOnExpired: false });
  browser.answer = refreshed;
  await Promise.all([tabs[0].keeper.resume(), browser.advance(SECOND)]);
  assert.deepEqual(resumed(tabs), [1, 0, 0, 0, 0]);
  tabs[0].keeper.stop();
  await tabs[0].keeper.resume();
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 1);
});

test("A page may stop its keeper in onResumed", async () => {
  const { browser, tabs } = await paused();
  for (const tab of tabs) tab.keeper.stop();
  const tab = browser.open();
  tab.keep({ pauseOnExpired: true, onResumed: () => tab.keeper.stop() });
  await browser.advance(SECOND);
  browser.answer = refreshed;
  await Promise.all([tab.keeper.resume(), browser.advance(SECOND)]);
  assert.equal(tab.refreshes.length, 0);
  await browser.advance(HOUR);
  assert.equal(browser.timers(tab).length, 0);
});

test("resume() in the middle of a refresh that succeeds asks once more: that one was of the session before", async () => {
  const { browser, tab } = await started();
  const held = hold(browser);
  await browser.advance(15 * MINUTE);
  const before = browser.requests.length;
  const resumed = tab.keeper.resume();
  browser.answer = refreshed;
  await held.give(refreshed);
  await Promise.all([resumed, browser.advance(2 * SECOND)]);
  assert.equal(browser.requests.length, before + 1);
  assert.equal(tab.refreshes.at(-1).reason, "resume");
});

test("resume() that waits for a refresh asks nothing after stop()", async () => {
  const { browser, tab } = await started();
  const held = hold(browser);
  await browser.advance(15 * MINUTE);
  const before = browser.requests.length;
  const resumed = tab.keeper.resume();
  tab.keeper.stop();
  await held.give(refreshed);
  await Promise.all([resumed, browser.advance(2 * SECOND)]);
  assert.equal(browser.requests.length, before);
});
