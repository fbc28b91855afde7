import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.js";
import { SECOND } from "./times.js";

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
