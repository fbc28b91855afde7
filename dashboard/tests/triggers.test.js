import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.js";
import { started } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

const reasons = (tab) => tab.refreshes.map(({ reason }) => reason);

test("A page that is loaded refreshes the session at once", async () => {
  const browser = new Browser();
  const tab = browser.open();
  const keeper = tab.keep();
  await browser.advance(0);
  assert.deepEqual(tab.refreshes, [{ reason: "start", tab: keeper.tab, at: browser.wall }]);
});

test("A page that is loaded soon after a refresh goes on counting from there", async () => {
  const { browser, keeper } = await started();
  keeper.stop();
  await browser.advance(5 * MINUTE);
  const next = browser.open();
  next.keep();
  await browser.advance(9 * MINUTE);
  assert.equal(browser.requests.length, 0);
  await browser.advance(MINUTE);
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(reasons(next), ["start", "timer"], "and is told of the refresh before its time");
});

test("The timer refreshes every 15 minutes, and a user at work is never logged out", async () => {
  const { browser, tab } = await started();
  await tab.work(9 * HOUR);
  assert.equal(tab.refreshes.length, 36);
  const times = browser.requests.map(({ at }) => at);
  for (let i = 1; i < times.length; i++) assert.equal(times[i] - times[i - 1], 15 * MINUTE);
});

for (const [random, minutes] of [
  [0, 12],
  [0.75, 16.5],
])
  test(`Jitter moves the timer: to ${minutes} minutes, by up to a fifth of 15, at a random ${random}`, async (t) => {
    t.mock.method(Math, "random", () => random);
    const browser = new Browser();
    browser.open().keep({ jitter: 0.2 });
    await browser.advance(minutes * MINUTE - 10);
    assert.equal(browser.requests.length, 1);
    await browser.advance(20);
    assert.equal(browser.requests.length, 2);
  });

const triggers = {
  focus: (tab) => tab.fire("focus"),
  visible: (tab) => tab.show("visible"),
  "route by pushState": (tab) => tab.history.pushState({}, "", "/reports"),
  "route by replaceState": (tab) => tab.history.replaceState({}, "", "/reports"),
  "route by popstate": (tab) => tab.fire("popstate"),
  "manual call": (tab) => tab.keeper.refresh(),
};
for (const [name, trigger] of Object.entries(triggers)) {
  test(`A refresh follows: ${name}`, async () => {
    const { browser, tab } = await started();
    await browser.advance(MINUTE);
    trigger(tab);
    await browser.advance(0);
    assert.deepEqual(reasons(tab), [name.split(" ")[0]]);
  });

  test(`No refresh follows within the minimum gap: ${name}`, async () => {
    const { browser, tab } = await started({ minGap: 10 * SECOND });
    await browser.advance(8 * SECOND);
    trigger(tab);
    await browser.advance(0);
    assert.equal(browser.requests.length, 0);
    await browser.advance(SECOND);
    trigger(tab);
    await browser.advance(0);
    assert.equal(browser.requests.length, 1);
  });
}

test("A burst of triggers is one refresh", async () => {
  const { browser, tab } = await started();
  await browser.advance(MINUTE);
  for (const trigger of Object.values(triggers)) trigger(tab);
  await browser.advance(30 * SECOND);
  assert.equal(browser.requests.length, 1);
});

test("A tab that becomes hidden does not refresh", async () => {
  const { browser, tab } = await started();
  await browser.advance(MINUTE);
  tab.show("hidden");
  await browser.advance(0);
  assert.equal(browser.requests.length, 0);
});

test("A minimum gap longer than the interval holds for the timer too", async () => {
  const { browser } = await started({ interval: SECOND, minGap: MINUTE });
  await browser.advance(10 * MINUTE);
  assert.equal(browser.requests.length, 10);
});

test("Where there is a Navigation API, routes are watched through it and history is left alone", async () => {
  const browser = new Browser({ navigation: true });
  const tab = browser.open();
  const { pushState, replaceState } = tab.history;
  tab.keep();
  assert.equal(tab.history.pushState, pushState);
  assert.equal(tab.history.replaceState, replaceState);
  await browser.advance(MINUTE);
  tab.fire("currententrychange", {}, tab.navigation);
  await browser.advance(0);
  assert.deepEqual(reasons(tab), ["start", "route"]);
});

test("History is patched once however many keepers there are, and restored by the last to stop", () => {
  const tab = new Browser().open();
  const { pushState, replaceState } = tab.history;
  const first = tab.keep();
  const patched = tab.history.pushState;
  assert.notEqual(patched, pushState);
  const second = tab.keep();
  assert.equal(tab.history.pushState, patched);
  first.stop();
  assert.equal(tab.history.pushState, patched);
  second.stop();
  assert.equal(tab.history.pushState, pushState);
  assert.equal(tab.history.replaceState, replaceState);
});

test("A patch that somebody laid over ours is left in place", () => {
  const tab = new Browser().open();
  const keeper = tab.keep();
  const ours = tab.history.pushState;
  const theirs = (...args) => ours.apply(tab.history, args);
  tab.history.pushState = theirs;
  keeper.stop();
  assert.equal(tab.history.pushState, theirs);
  theirs({}, "", "/reports");
});

test("The patched history does what it did: same receiver, same arguments, same errors", () => {
  const tab = new Browser().open();
  const calls = [];
  tab.history.pushState = function (...args) {
    calls.push([this, ...args]);
    if (args[2] === "https://elsewhere.example/") throw new DOMException("not here", "SecurityError");
  };
  tab.keep();
  tab.history.pushState({ a: 1 }, "", "/reports");
  assert.deepEqual(calls, [[tab.history, { a: 1 }, "", "/reports"]]);
  assert.throws(() => tab.history.pushState({}, "", "https://elsewhere.example/"), { name: "SecurityError" });
});

for (const options of [{ interval: 0 }, { interval: NaN }, { minGap: -1 }, { idleAfter: "soon" }, { jitter: 1 }, { endingBefore: NaN }])
  test(`An option that cannot work is refused at once: ${JSON.stringify(options)}`, () => {
    assert.throws(() => new Browser().open().keep(options), RangeError);
  });
