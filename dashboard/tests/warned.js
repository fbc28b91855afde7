// Tabs of a session that ends, at a server whose clock may differ.
import assert from "node:assert/strict";
import { endingAt } from "./answers.js";
import { Browser } from "./browser.js";
import { HOUR, SECOND } from "./times.js";

// A session of two hours, and a server whose clock is `ahead` of the browser's.
export function serve(browser, { ahead = 0, length = 2 * HOUR } = {}) {
  const server = { ends: browser.steady + length };
  const start = browser.wall - browser.steady + ahead;
  browser.answer = () => endingAt((start + server.ends) / SECOND, start + browser.steady)();
  return server;
}

export async function warned({ options, ahead, length, without, tabs: number = 1 } = {}) {
  const browser = new Browser({ without });
  const server = serve(browser, { ahead, length });
  const tabs = Array.from({ length: number }, () => browser.open());
  for (const tab of tabs) tab.keep({ idleAfter: Infinity, ...options });
  await browser.advance(5 * SECOND);
  return { browser, server, tabs, tab: tabs[0], begun: browser.wall - 5 * SECOND };
}
export const about = (at, expected) => assert.ok(Math.abs(at - expected) <= SECOND, `${at - expected} ms off`);
