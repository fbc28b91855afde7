// The warning before a session's end, while clocks are set and machines sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, SECOND } from "./times.js";
import { about, serve, warned } from "./warned.js";

for (const step of [-HOUR, HOUR])
  test(`A clock that is set by ${step / HOUR} hours warns nobody early or late`, async () => {
    const { browser, tab, begun } = await warned();
    await browser.advance(70 * MINUTE);
    browser.setClock(step);
    await browser.advance(44 * MINUTE);
    assert.equal(tab.endings.length, 0);
    await browser.advance(2 * MINUTE);
    about(tab.endings[0], begun + step + 2 * HOUR);
  });

test("A clock that is set after the warning corrects it", async () => {
  const { browser, tab, begun } = await warned();
  await browser.advance(116 * MINUTE);
  browser.setClock(HOUR);
  await browser.advance(2 * MINUTE);
  assert.equal(tab.endings.length, 2);
  about(tab.endings[1], begun + 3 * HOUR);
});

test("A clock that is set forward while nobody is there warns them when they are back, if at all", async () => {
  const { browser, tab } = await warned({ options: { idleAfter: 30 * MINUTE } });
  await browser.advance(40 * MINUTE);
  browser.setClock(78 * MINUTE);
  await browser.advance(10 * MINUTE);
  assert.equal(tab.endings.length, 0);
  tab.fire("keydown");
  await browser.advance(SECOND);
  assert.equal(tab.endings.length, 0);
});

test("After a sleep of the machine the warning comes on time", async () => {
  const { browser, tab, server, begun } = await warned();
  browser.sleep(100 * MINUTE);
  server.ends -= 100 * MINUTE; // the server's clock went on
  serve(browser, { length: server.ends - browser.steady });
  await browser.advance(20 * MINUTE);
  assert.equal(tab.endings.length, 1);
  about(tab.endings[0], begun + 2 * HOUR);
});
