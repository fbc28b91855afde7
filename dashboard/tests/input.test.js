// What counts as input, and what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { started } from "./started.js";
import { documentOf } from "./tab.js";
import { HOUR, MINUTE, SECOND } from "./times.js";

// A tab whose user has been away for three hours.
async function idle() {
  const all = await started();
  await all.browser.advance(3 * HOUR);
  all.browser.requests.length = 0;
  return all;
}

// A document of the page's origin in a frame of it.
function frame(frames = []) {
  const view = new EventTarget();
  view.document = documentOf(view, frames);
  return { contentDocument: view.document, view };
}

const TYPES = [
  "pointerdown", "keydown", "wheel", "touchstart", "touchmove", "click", "beforeinput", "input", "paste", "drop",
];
for (const type of TYPES) {
  test(`Input resumes the timer: ${type}`, async () => {
    const { browser, tab } = await idle();
    tab.fire(type);
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 1);
  });

  test(`An event that the page made itself is no input: ${type}`, async () => {
    const { browser, tab } = await idle();
    tab.fire(type, { isTrusted: false });
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 0);
  });
}

test("A resting pointer is none, whatever moves below it", async () => {
  const { browser, tab } = await started();
  const rest = () => tab.fire("pointermove", { screenX: 7, screenY: 9 });
  rest();
  await browser.advance(3 * HOUR);
  browser.requests.length = 0;
  for (let seconds = 0; seconds < 60; seconds++) {
    rest();
    await browser.advance(SECOND);
  }
  assert.equal(browser.requests.length, 0);
  tab.movePointer();
  await browser.advance(SECOND);
  assert.equal(browser.requests.length, 1);
});

test("Input in frames of the same origin counts: those of the start, later ones, and frames in frames", async () => {
  const inner = frame();
  const outer = frame([inner]);
  const { browser, tab } = await started();
  tab.document.frames.push(outer);
  tab.keep();
  const later = frame();
  const load = (target, document) =>
    document.dispatchEvent(Object.defineProperty(new Event("load"), "target", { value: target }));
  load(later, tab.document);
  const nested = frame();
  load(nested, later.contentDocument);
  for (const { view } of [outer, inner, later, nested]) {
    await browser.advance(3 * HOUR);
    browser.requests.length = 0;
    tab.fire("keydown", {}, view);
    await browser.advance(SECOND);
    assert.equal(browser.requests.length, 1);
  }
});

test("What is loaded may be no frame, or one of another origin", async () => {
  const { browser, tab } = await started();
  const foreign = { get contentDocument() { throw new DOMException("not yours", "SecurityError"); } };
  for (const target of [{}, { contentDocument: null }, foreign])
    tab.document.dispatchEvent(Object.defineProperty(new Event("load"), "target", { value: target }));
  await browser.advance(15 * MINUTE);
  assert.equal(browser.requests.length, 1);
});

test("A frame that loads after the keeper has stopped is left alone", async () => {
  const { tab } = await started();
  const late = frame();
  let asked = 0;
  late.view.addEventListener = () => asked++;
  tab.keeper.stop();
  tab.document.dispatchEvent(Object.defineProperty(new Event("load"), "target", { value: late }));
  assert.equal(asked, 0);
});
