import assert from "node:assert/strict";
import { test } from "node:test";
import { json, refreshed, refused, unreachable } from "./answers.js";
import { started } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

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
  "401 of a proxy, a page": [async () => new Response("<h1>Sign in to the VPN</h1>", { status: 401 }), 401],
  "401 without a body": [async () => new Response(null, { status: 401 }), 401],
  "401 of a gateway, in JSON": [async () => json(401, { message: "Unauthorized" }), 401],
  "401 with another error": [async () => json(401, { error: "invalid_token", status_code: 401 }), 401],
  "401 with another status_code": [async () => json(401, { error: "unauthorized", status_code: "401" }), 401],
  "401 with null": [async () => json(401, null), 401],
  "401 whose body never ends": [async ({ signal }) => new Response(endless(signal), { status: 401 }), 401],
  "the body of our 401 with another status": [async () => json(403, { error: "unauthorized", status_code: 401 }), 403],
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

test("A server that hangs is given up after ten seconds", async () => {
  const { browser, tab } = await started();
  browser.answer = () => new Promise(() => {});
  await browser.advance(15 * MINUTE + 8 * SECOND);
  assert.equal(tab.errors.length, 0);
  assert.equal(browser.requests[0].signal.aborted, false);
  await browser.advance(SECOND);
  assert.equal(browser.requests[0].signal.aborted, true);
  await browser.advance(SECOND); // It may be the page that is left.
  assert.equal(tab.errors.length, 1);
});
