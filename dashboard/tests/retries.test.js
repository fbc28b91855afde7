import assert from "node:assert/strict";
import { test } from "node:test";
import { json, refreshed, unreachable } from "./answers.js";
import { started } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

const RETRY_AFTER = {
  "seconds": ["90", {}, 90],
  "a date": ["Mon, 05 Jan 2026 09:17:00 GMT", {}, 119],
  "a date, by the server's own clock": [
    "Mon, 05 Jan 2026 12:01:30 GMT",
    { Date: "Mon, 05 Jan 2026 12:00:00 GMT" },
    90,
  ],
  "a month, but no longer than five minutes": ["2592000", {}, 300],
};
for (const status of [429, 503])
  for (const [name, [value, headers, seconds]] of Object.entries(RETRY_AFTER))
    test(`${status} waits as Retry-After says, whatever else happens: ${name}`, async () => {
      const { browser, tab } = await started({ idleAfter: Infinity });
      browser.answer = async () => json(status, {}, { "Retry-After": value, ...headers });
      await browser.advance(14 * MINUTE + 59 * SECOND);
      tab.keeper.refresh();
      await browser.advance(SECOND);
      browser.answer = refreshed;
      assert.equal(browser.requests.length, 1);
      const wait = tab.errors[0].retryIn;
      assert.ok(Math.abs(wait - seconds * SECOND) <= SECOND, `${wait}`);
      await browser.advance(wait - 2 * SECOND);
      tab.fire("focus");
      tab.history.pushState({}, "", "/reports");
      tab.keeper.refresh();
      await browser.advance(0);
      assert.equal(browser.requests.length, 1);
      await browser.advance(2 * SECOND);
      assert.equal(browser.requests.length, 2);
      assert.equal(tab.expired, 0);
    });

for (const value of ["0", "-5", "soon", "", "1.5", "Mon, 05 Jan 2020 09:00:00 GMT"])
  test(`A Retry-After that says nothing is left to the back-off: "${value}"`, async () => {
    const { browser, tab } = await started();
    browser.answer = async () => json(503, {}, { "Retry-After": value });
    await browser.advance(15 * MINUTE);
    assert.ok(tab.errors[0].retryIn >= SECOND && tab.errors[0].retryIn <= 2 * SECOND, `${tab.errors[0].retryIn}`);
  });

test("Everybody told the same Retry-After comes back a little later, never earlier", async (t) => {
  const { browser, tab } = await started({ jitter: 0.2 });
  browser.answer = async () => json(503, {}, { "Retry-After": "100" });
  t.mock.method(Math, "random", () => 0.5);
  await browser.advance(20 * MINUTE);
  assert.equal(Math.round(tab.errors[0].retryIn), 110 * SECOND);
});

for (const [random, share] of [
  [0, 0.5],
  [1, 1],
])
  test(`The back-off doubles up to five minutes, with jitter: ${share} of it at a random ${random}`, async (t) => {
    const { browser, tab } = await started({ idleAfter: Infinity });
    browser.answer = unreachable;
    t.mock.method(Math, "random", () => random);
    await browser.advance(HOUR);
    const waits = tab.errors.slice(0, 10).map(({ retryIn }) => retryIn / SECOND / share);
    assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    for (const [i, { at }] of browser.requests.slice(1, 10).entries())
      assert.equal(at - browser.requests[i].at, waits[i] * share * SECOND);
  });

test("The back-off is never longer than the interval", async () => {
  const { browser, tab } = await started({ interval: 30 * SECOND, minGap: SECOND, idleAfter: Infinity });
  browser.answer = unreachable;
  await browser.advance(HOUR);
  for (const { retryIn } of tab.errors) assert.ok(retryIn <= 30 * SECOND);
});

test("After a success the back-off starts from the beginning", async () => {
  const { browser, tab } = await started({ idleAfter: Infinity });
  browser.answer = unreachable;
  await browser.advance(30 * MINUTE);
  browser.answer = refreshed;
  await browser.advance(10 * MINUTE);
  assert.equal(tab.refreshes.length, 1);
  browser.answer = unreachable;
  tab.errors.length = 0;
  await browser.advance(15 * MINUTE);
  assert.ok(tab.errors[0].retryIn <= 2 * SECOND);
});

test("An outage of two minutes costs nobody their session", async () => {
  const { browser, tab } = await started();
  await browser.advance(14 * MINUTE);
  browser.answer = unreachable;
  await tab.work(2 * MINUTE);
  browser.answer = refreshed;
  await tab.work(3 * MINUTE);
  assert.equal(tab.expired, 0);
  assert.equal(tab.refreshes.length, 1);
});
