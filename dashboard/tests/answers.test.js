import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, HOUR, MINUTE, SECOND, json, refreshed, refused, started, unreachable } from "./browser.js";

test("The request is a POST without body, with the cookie, past every cache, and follows no redirect", async () => {
  const browser = new Browser();
  browser.open().keep();
  await browser.advance(SECOND);
  const [{ url, method, credentials, cache, redirect, headers, body }] = browser.requests;
  assert.deepEqual(
    { url, method, credentials, cache, redirect, headers, body },
    {
      url: "/api/v1/auth/refresh",
      method: "POST",
      credentials: "include",
      cache: "no-store",
      redirect: "error",
      headers: {},
      body: undefined,
    },
  );
});

test("The version header is sent if it is given", async () => {
  const browser = new Browser();
  browser.open().keep({ version: "2026-02-01", url: "https://devapi.withverifa.com/api/v1/auth/refresh" });
  await browser.advance(SECOND);
  assert.deepEqual(browser.requests[0].headers, { "Verifa-Version": "2026-02-01" });
  assert.equal(browser.requests[0].url, "https://devapi.withverifa.com/api/v1/auth/refresh");
});

test("401 ends it: onExpired once, the keeper stopped, nothing asked again", async () => {
  const { browser, tab } = await started();
  browser.answer = refused;
  await browser.advance(15 * MINUTE);
  assert.equal(tab.expired, 1);
  tab.fire("focus");
  tab.keeper.refresh();
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, 1);
  assert.equal(tab.expired, 1);
  assert.deepEqual(tab.errors, []);
  assert.equal(browser.timers(tab).length, 0);
});

test("By the time onExpired is called the keeper has stopped", async () => {
  const seen = [];
  const { browser, tab } = await started({ onExpired: () => seen.push(browser.timers(tab).length) });
  browser.answer = refused;
  await browser.advance(15 * MINUTE);
  assert.deepEqual(seen, [0]);
});

const endless = (signal) =>
  new ReadableStream({
    start: (stream) => signal.addEventListener("abort", () => stream.error(signal.reason)),
  });

const NOT_A_LOGOUT = {
  "no network": [unreachable, undefined],
  "CORS failure": [unreachable, undefined],
  "a server that hangs": [() => new Promise(() => {}), undefined],
  "an opaque answer": [async () => ({ status: 0, headers: new Headers() }), 0],
  "a body that never ends": [async ({ signal }) => new Response(endless(signal)), 200],
  "200 of another kind": [async () => json(200, { ok: true }), 200],
  "200 with refreshed: false": [async () => json(200, { refreshed: false }), 200],
  'refreshed: "true"': [async () => json(200, { refreshed: "true" }), 200],
  "200 with null": [async () => json(200, null), 200],
  "a sign-in page of a proxy": [async () => new Response("<h1>Welcome</h1>"), 200],
  "202 with refreshed: true": [async () => json(202, { refreshed: true }), 202],
  "204": [async () => new Response(null, { status: 204 }), 204],
  "400": [async () => json(400, {}), 400],
  "403": [async () => json(403, {}), 403],
  "404": [async () => json(404, {}), 404],
  "429 without Retry-After": [async () => json(429, {}), 429],
  "500": [async () => json(500, {}), 500],
  "502": [async () => new Response("bad gateway", { status: 502 }), 502],
  "503 without Retry-After": [async () => json(503, {}), 503],
};
for (const [name, [answer, status]] of Object.entries(NOT_A_LOGOUT))
  test(`Not a logout, but an error that is told, and tried again: ${name}`, async () => {
    const { browser, tab } = await started();
    browser.answer = answer;
    await browser.advance(15 * MINUTE + 10 * SECOND);
    const [error] = tab.errors;
    assert.ok(error instanceof Error);
    assert.equal(error.status, status);
    assert.equal(error.reason, "timer");
    assert.ok(error.retryIn >= SECOND && error.retryIn <= 2 * SECOND, `${error.retryIn}`);
    assert.equal(tab.expired, 0);
    browser.answer = refreshed;
    await browser.advance(30 * SECOND);
    assert.equal(tab.refreshes.length, 1);
  });

test("What went wrong is kept as the error's cause", async () => {
  const { browser, tab } = await started();
  browser.answer = unreachable;
  await browser.advance(15 * MINUTE);
  assert.equal(tab.errors[0].cause.message, "Failed to fetch");
});

const RETRY_AFTER = {
  "seconds": ["90", {}, 90],
  "a date": ["Mon, 05 Jan 2026 09:17:00 GMT", {}, 119],
  "a date, by the server's own clock": [
    "Mon, 05 Jan 2026 12:01:30 GMT",
    { Date: "Mon, 05 Jan 2026 12:00:00 GMT" },
    90,
  ],
  "a month, longer than a timer can be": ["2592000", {}, 2592000],
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
      if (seconds > 1000) await browser.advance(40 * MINUTE);
      else await browser.advance(wait - 2 * SECOND);
      tab.fire("focus");
      tab.history.pushState({}, "", "/reports");
      tab.keeper.refresh();
      await browser.advance(0);
      assert.equal(browser.requests.length, 1);
      if (seconds > 1000) return;
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

test("A server that hangs is given up after ten seconds", async () => {
  const { browser, tab } = await started();
  browser.answer = () => new Promise(() => {});
  await browser.advance(15 * MINUTE + 8 * SECOND);
  assert.equal(tab.errors.length, 0);
  assert.equal(browser.requests[0].signal.aborted, false);
  await browser.advance(SECOND);
  assert.equal(tab.errors.length, 1);
  assert.equal(browser.requests[0].signal.aborted, true);
});

for (const callback of ["onRefresh", "onError", "onExpired"])
  test(`A mistake in the page's ${callback} is reported as the page's, and stops nothing`, async () => {
    const mistake = new Error("of the page");
    const browser = new Browser();
    const [tab, other] = [browser.open(), browser.open()];
    tab.keep({ [callback]: () => { throw mistake; } });
    other.keep();
    await browser.advance(15 * MINUTE);
    browser.answer = unreachable;
    await browser.advance(MINUTE);
    tab.keeper.refresh();
    await browser.advance(MINUTE);
    browser.answer = refreshed;
    await tab.work(20 * MINUTE);
    assert.equal(browser.requests.length > 3, true);
    browser.answer = refused;
    await tab.work(20 * MINUTE);
    assert.ok(tab.reported.length > 0 && tab.reported.every((error) => error === mistake));
    assert.equal(other.expired, 1);
    assert.equal(browser.timers(tab).length, 0);
  });

test("Without any callback it works the same", async () => {
  const { browser } = await started({ onRefresh: undefined, onError: undefined, onExpired: undefined });
  browser.answer = unreachable;
  await browser.advance(16 * MINUTE);
  browser.answer = refused;
  await browser.advance(5 * MINUTE);
  const asked = browser.requests.length;
  await browser.advance(HOUR);
  assert.equal(browser.requests.length, asked);
});
