import assert from "node:assert/strict";
import { test } from "node:test";
import { refreshed, refused, unreachable } from "./answers.js";
import { Browser } from "./browser.js";
import { started } from "./started.js";
import { HOUR, MINUTE } from "./times.js";

test("By the time onExpired is called the keeper has stopped", async () => {
  const seen = [];
  const { browser, tab } = await started({ onExpired: () => seen.push(browser.timers(tab).length) });
  browser.answer = refused;
  await browser.advance(15 * MINUTE);
  assert.deepEqual(seen, [0]);
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
