// The warning before a session's end (WCAG 2.2, success criterion 2.2.1), by the answer's Verifa-Session-Ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endingAt, refreshed, unreachable } from "./answers.js";
import { Browser } from "./browser.js";
import { started } from "./started.js";
import { HOUR, MINUTE, SECOND } from "./times.js";
import { about, serve, warned } from "./warned.js";

for (const ahead of [0, -3 * HOUR, 400 * 24 * HOUR])
  test(`Every tab is told once, five minutes before the end: a server's clock ${ahead / HOUR} hours ahead`, async () => {
    const { browser, tabs, begun } = await warned({ ahead, tabs: 3 });
    await browser.advance(114 * MINUTE);
    assert.deepEqual(tabs.map((tab) => tab.endings), [[], [], []]);
    await browser.advance(MINUTE);
    for (const { endings } of tabs) {
      assert.equal(endings.length, 1);
      about(endings[0], begun + 2 * HOUR);
    }
    await browser.advance(4 * MINUTE);
    assert.deepEqual(tabs.map((tab) => tab.endings.length), [1, 1, 1]);
  });

test("An idle user is told too, and nothing is refreshed for it", async () => {
  const { browser, tab } = await warned({ options: { idleAfter: 30 * MINUTE } });
  await browser.advance(HOUR);
  browser.requests.length = 0;
  await browser.advance(55 * MINUTE);
  assert.equal(tab.endings.length, 1);
  assert.equal(browser.requests.length, 0);
  await browser.advance(3 * HOUR);
  assert.equal(tab.endings.length, 1);
  assert.equal(browser.timers(tab).length, 0);
});

test("endingBefore says how long before", async () => {
  const { browser, tab, begun } = await warned({ options: { endingBefore: 20 * MINUTE } });
  await browser.advance(99 * MINUTE);
  assert.equal(tab.endings.length, 0);
  await browser.advance(MINUTE);
  about(tab.endings[0], begun + 2 * HOUR);
});

test("A session shorter than that is told of at once", async () => {
  const { tab, begun } = await warned({ length: 2 * MINUTE });
  assert.equal(tab.endings.length, 1);
  about(tab.endings[0], begun + 2 * MINUTE);
});

test("At the end the server is asked, so that the page knows", async () => {
  const { browser } = await warned({ length: 20 * MINUTE });
  await browser.advance(20 * MINUTE);
  assert.deepEqual(browser.requests.map(({ at }) => Math.round((at - browser.requests[0].at) / MINUTE)), [0, 15, 20]);
});

test("An end that is moved is told again, and a far one is told of when it is near", async () => {
  const { browser, server, tab, begun } = await warned();
  await browser.advance(116 * MINUTE);
  assert.equal(tab.endings.length, 1);
  server.ends += HOUR;
  await browser.advance(5 * MINUTE);
  assert.equal(tab.endings.length, 2);
  about(tab.endings[1], begun + 3 * HOUR);
  await browser.advance(53 * MINUTE);
  assert.equal(tab.endings.length, 2);
  await browser.advance(2 * MINUTE);
  assert.equal(tab.endings.length, 3);
  about(tab.endings[2], begun + 3 * HOUR);
});

test("An end that moves nearer is told when it is near", async () => {
  const { browser, server, tab, begun } = await warned();
  server.ends = HOUR;
  await browser.advance(54 * MINUTE);
  assert.equal(tab.endings.length, 0);
  await browser.advance(2 * MINUTE);
  about(tab.endings[0], begun + HOUR);
});

test("A failure changes nothing about the end", async () => {
  const { browser, tab, begun } = await warned();
  await browser.advance(80 * MINUTE);
  browser.answer = unreachable;
  await browser.advance(36 * MINUTE);
  assert.equal(tab.endings.length, 1);
  about(tab.endings[0], begun + 2 * HOUR);
});

test("A page loaded after a sign-in is not warned of the end of the session before", async () => {
  const { browser, tab, begun } = await warned();
  await browser.advance(116 * MINUTE);
  tab.keeper.stop();
  serve(browser, { length: 8 * HOUR });
  browser.requests.length = 0;
  const next = browser.open();
  next.keep({ idleAfter: Infinity });
  await browser.advance(MINUTE);
  assert.equal(browser.requests.length, 1, "it asks first");
  assert.deepEqual(next.endings, []);
  await browser.advance(2 * HOUR);
  assert.deepEqual(next.endings, []);
  assert.ok(begun > 0);
});

test("A page loaded near the end is warned once that is known", async () => {
  const { browser, tab } = await warned();
  await browser.advance(116 * MINUTE);
  tab.keeper.stop();
  const next = browser.open();
  next.keep({ idleAfter: Infinity });
  await browser.advance(MINUTE);
  assert.equal(next.endings.length, 1);
});

test("An answer that does not say leaves the end that is known", async () => {
  const { browser, tab } = await warned();
  browser.answer = refreshed;
  await browser.advance(116 * MINUTE);
  assert.equal(tab.endings.length, 1);
});

for (const value of ["", "soon", "-1", "1e9", "Infinity", "99999999999999"])
  test(`A Verifa-Session-Ends that says nothing is none: "${value}"`, async () => {
    const browser = new Browser();
    browser.answer = () => endingAt(value, browser.wall)();
    const { tab } = await started({ idleAfter: Infinity }, browser);
    await browser.advance(10 * HOUR);
    assert.deepEqual(tab.endings, []);
    assert.equal(tab.refreshes.length, 40);
  });

test("Without a server's Date, the end is read by our clock", async () => {
  const browser = new Browser();
  const ends = browser.wall + HOUR;
  browser.answer = async () =>
    new Response('{"refreshed": true}', { headers: { "Verifa-Session-Ends": String(ends / SECOND) } });
  const { tab } = await started({ idleAfter: Infinity }, browser);
  await browser.advance(56 * MINUTE);
  assert.deepEqual(tab.endings, [ends]);
});

test("Without onEnding, a near end makes no further requests", async () => {
  const { browser } = await warned({ options: { onEnding: undefined } });
  await browser.advance(119 * MINUTE);
  assert.equal(browser.requests.length, 8);
});

test("A page may stop its keeper in onEnding", async () => {
  const browser = new Browser();
  serve(browser, { length: 2 * MINUTE });
  const tab = browser.open();
  tab.keep({ onEnding: () => tab.keeper.stop() });
  await browser.advance(HOUR);
  assert.equal(browser.timers(tab).length, 0);
  assert.equal(browser.requests.length, 1);
});
