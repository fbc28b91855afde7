// Whatever a browser lacks, blocks or throws: nothing is thrown at the page, and the session is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refreshed, refused } from "./answers.js";
import { Browser } from "./browser.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

const fail = () => {
  throw new DOMException("blocked", "SecurityError");
};
const never = () => new Promise(() => {});
const channel = (members) =>
  class {
    constructor() {
      members.construct?.();
    }

    postMessage() {
      members.postMessage?.();
    }

    close() {
      members.close?.();
    }
  };

const HOSTILE = {
  "no channel": (tab) => (tab.BroadcastChannel = undefined),
  "a channel that cannot be made": (tab) => (tab.BroadcastChannel = channel({ construct: fail })),
  "a channel that cannot be used": (tab) => (tab.BroadcastChannel = channel({ postMessage: fail, close: fail })),
  "no locks": (tab) => (tab.navigator = {}),
  "locks that may not be looked at": (tab) => (tab.navigator = { get locks() { return fail(); } }),
  "locks that throw": (tab) => (tab.navigator = { locks: { request: fail } }),
  "locks that reject": (tab) => (tab.navigator = { locks: { request: async () => fail() } }),
  "locks that are never granted": (tab) => (tab.navigator = { locks: { request: never } }),
  "locks that reject after the work": (tab) =>
    (tab.navigator = { locks: { request: async (name, options, work) => { await work(); fail(); } } }),
  "locks that break in the middle of the work": (tab) =>
    (tab.navigator = { locks: { request: async (name, options, work) => { work(); fail(); } } }),
  "storage that may not be looked at": (tab) => Object.defineProperty(tab, "localStorage", { get: fail }),
  "storage that is null": (tab) => Object.defineProperty(tab, "localStorage", { value: null }),
  "storage that cannot be read": (tab) =>
    Object.defineProperty(tab, "localStorage", { value: { getItem: fail, setItem() {}, removeItem() {} } }),
  "storage that is full": (tab) =>
    Object.defineProperty(tab, "localStorage", { value: { getItem: () => null, setItem: fail, removeItem: fail } }),
  "no way to report errors": (tab) => (tab.reportError = undefined),
  "history that cannot be patched": (tab) => Object.freeze(tab.history),
  "a fetch that throws at once": (tab) => {
    const { fetch } = tab;
    let calls = 0;
    tab.fetch = (...args) => (calls++ ? fetch.apply(tab, args) : fail());
  },
};
for (const [name, break_] of Object.entries(HOSTILE))
  test(`The session is kept in five tabs, ends in all of them, and nothing is thrown: ${name}`, async (t) => {
    const thrown = [];
    const note = (error) => thrown.push(error);
    process.on("unhandledRejection", note);
    t.after(() => process.off("unhandledRejection", note));
    const browser = new Browser();
    const tabs = [1, 2, 3, 4, 5].map(() => browser.open());
    for (const tab of tabs) {
      break_(tab);
      tab.keep({ idleAfter: Infinity });
    }
    await browser.advance(3 * HOUR);
    for (const tab of tabs) assert.ok(tab.refreshes.length >= 11, `${tab.refreshes.length} refreshes`);
    for (const tab of tabs) {
      const own = browser.requests.filter((request) => request.tab === tab);
      assert.ok(own.length <= 14, `${own.length} requests`);
    }
    assert.equal(await Promise.race([tabs[0].keeper.signOut(() => "done"), browser.advance(2 * MINUTE)]), "done");
    browser.answer = refused;
    await browser.advance(20 * MINUTE);
    for (const tab of tabs.slice(1)) assert.equal(tab.expired + tab.signedOut, 1);
    for (const tab of tabs) {
      tab.keeper.stop();
      assert.equal(browser.timers(tab).length, 0);
    }
    await new Promise(setImmediate);
    assert.deepEqual(thrown, []);
  });

test("Behind frozen holders of the lock, ten tabs send three requests at most", async () => {
  for (const locks of [1, 2, 3]) {
    const browser = new Browser();
    const tabs = Array.from({ length: 10 }, () => browser.open());
    for (const tab of tabs) tab.keep({ idleAfter: Infinity });
    await browser.advance(10 * SECOND);
    browser.requests.length = 0;
    const name = [...browser.stored.keys()][0];
    for (let lock = 1; lock <= locks; lock++) browser.freezeHolder(lock > 1 ? `${name} ${lock}` : name);
    browser.answer = async () => new Promise((resolve) => browser.setTimeout("net", () => resolve(refreshed()), 2 * SECOND));
    await browser.advance(17 * MINUTE);
    assert.ok(browser.requests.length >= 1 && browser.requests.length <= (locks < 3 ? 3 : 10), `${browser.requests.length}`);
    for (const tab of tabs) assert.ok(tab.refreshes.length >= 1);
  }
});

test("A lock that is granted after all, when its waiter had given up, is let go", async () => {
  const browser = new Browser();
  const tab = browser.open();
  const grants = [];
  const request = (name, options, work) => new Promise((resolve) => grants.push(() => resolve(work())));
  tab.navigator = { locks: { request } };
  tab.keep();
  await browser.advance(61 * SECOND);
  assert.equal(browser.requests.length, 1);
  for (const grant of grants) grant();
  await browser.advance(5 * SECOND);
  assert.equal(browser.requests.length, 1);
});
