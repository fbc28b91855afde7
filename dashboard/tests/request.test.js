import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.js";
import { ENDPOINT, LOCK } from "./tab.js";
import { MINUTE, SECOND } from "./times.js";

test("The request is a POST without body, with the cookie, past every cache, and follows no redirect", async () => {
  const browser = new Browser();
  browser.open().keep();
  await browser.advance(SECOND);
  const [{ url, method, credentials, cache, redirect, headers, body }] = browser.requests;
  assert.deepEqual(
    { url, method, credentials, cache, redirect, headers, body },
    {
      url: "https://dashboard.example/api/v1/auth/refresh",
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

const SPELLINGS = ["/api/v1/auth/refresh", "../api/v1/auth/refresh#top", ENDPOINT, "//dashboard.example/api/v1/auth/refresh"];

test("However the endpoint is spelled, it is one session", async () => {
  const browser = new Browser();
  for (const url of SPELLINGS) browser.open().keep({ url });
  await browser.advance(5 * SECOND);
  assert.deepEqual(browser.requests.map(({ url }) => url), [ENDPOINT]);
  assert.deepEqual([...browser.stored.keys()], [LOCK]);
});

test("A change of route does not move a relative endpoint", async () => {
  const browser = new Browser();
  const tab = browser.open();
  tab.keep({ url: "../api/v1/auth/refresh" });
  tab.document.baseURI = "https://dashboard.example/reports/2026/11/";
  await browser.advance(15 * MINUTE);
  assert.deepEqual(browser.requests.map(({ url }) => url), [ENDPOINT, ENDPOINT]);
});

test("An endpoint that is no URL is refused at once", () => {
  assert.throws(() => new Browser().open().keep({ url: "https://" }), TypeError);
});
