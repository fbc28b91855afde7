// Anybody of this origin may write to storage and to the channel.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.js";
import { started } from "./started.js";
import { LOCK } from "./tab.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

const good = (at) => ({ at, failures: 0, wait: 0, reason: "timer", tab: "other" });
const JUNK = {
  "no JSON": () => "{",
  "null": () => "null",
  "a number": () => "7",
  "text": () => '"expired"',
  "a list": () => "[1, 2]",
  "an expired session": (at) => JSON.stringify({ at, over: "expired" }),
  "an expired session of an older module": () => '{"expired": true}',
  "a wait that is text": (at) => JSON.stringify({ ...good(at), failures: 1, wait: "soon" }),
  "a wait that is missing": (at) => JSON.stringify({ ...good(at), failures: 1, wait: undefined }),
  "a wait below 0": (at) => JSON.stringify({ ...good(at), failures: 1, wait: -1e9 }),
  "failures below 0": (at) => JSON.stringify({ ...good(at), failures: -1 }),
  "failures that are a list": (at) => JSON.stringify({ ...good(at), failures: [1], wait: 0 }),
  "an end that is text": (at) => JSON.stringify({ ...good(at), left: "1" }),
  "a moment that is text": (at) => JSON.stringify(good(String(at))),
  "a moment far in the future": (at) => JSON.stringify({ ...good(at + HOUR), input: at + HOUR, begun: at + HOUR }),
  "input that is true": () => '{"input": true, "begun": true}',
  "no reason": (at) => JSON.stringify({ ...good(at), reason: undefined }),
  "a tab that is null": (at) => JSON.stringify({ ...good(at), tab: null }),
};
for (const [name, junk] of Object.entries(JUNK)) {
  test(`Junk in storage is as good as nothing: ${name}`, async () => {
    const browser = new Browser();
    browser.stored.set(LOCK, junk(browser.wall - SECOND));
    const tab = browser.open();
    tab.keep();
    await browser.advance(SECOND);
    assert.deepEqual(tab.refreshes.map(({ reason }) => reason), ["start"]);
    await tab.work(HOUR);
    assert.equal(browser.requests.length, 5);
    assert.deepEqual([tab.expired, tab.reported.length], [0, 0]);
  });

  test(`Junk in the channel is as good as nothing: ${name}`, async () => {
    const { browser, tab } = await started({ idleAfter: Infinity });
    const [channel] = tab.channels;
    await browser.advance(SECOND);
    let data;
    try {
      data = JSON.parse(junk(browser.wall - 2 * HOUR));
    } catch {
      data = undefined;
    }
    channel.onmessage({ data });
    await browser.advance(15 * MINUTE);
    assert.equal(tab.refreshes.length, 1);
    assert.equal(tab.expired, 0);
  });
}

test("A wait that is told or stored is never longer than the longest of one's own", async () => {
  for (const recalled of [true, false]) {
    const browser = new Browser();
    const news = { ...good(browser.wall), failures: 3, wait: 9e15 };
    if (recalled) browser.stored.set(LOCK, JSON.stringify(news));
    await browser.advance(5);
    const tab = browser.open();
    tab.keep();
    await browser.advance(SECOND);
    browser.requests.length = 0;
    if (!recalled) tab.channels.values().next().value.onmessage({ data: { ...news, at: browser.wall } });
    await browser.advance(recalled ? 60 * SECOND : 5 * MINUTE);
    assert.equal(browser.requests.length, 1);
  }
});

test("A page that is loaded keeps to a wait of up to a minute, and no more", async () => {
  for (const [wait, seconds] of [[40, 40], [280, 60]]) {
    const browser = new Browser();
    browser.stored.set(LOCK, JSON.stringify({ ...good(browser.wall), failures: 1, wait: wait * SECOND }));
    await browser.advance(5);
    browser.open().keep();
    await browser.advance((seconds - 1) * SECOND);
    assert.equal(browser.requests.length, 0);
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 1);
  }
});
