// A tab of the browser, as far as the keeper can tell, with the user before it.
import { setMaxListeners } from "node:events";
import { keepSession } from "../session-keeper.js";
import { channelOf } from "./channel.js";
import { MINUTE } from "./times.js";

setMaxListeners(40); // A keeper has two dozen listeners. Node warns of more, in case they pile up.

export const ORIGIN = "https://dashboard.example";
export const ENDPOINT = `${ORIGIN}/api/v1/auth/refresh`;
export const LOCK = `session-keeper ${ENDPOINT}`;

/** The document of a tab or of a frame in it, with the frames that it holds. */
export function documentOf(view, frames = []) {
  return Object.assign(new EventTarget(), {
    baseURI: `${ORIGIN}/reports/`,
    defaultView: view,
    frames,
    querySelectorAll: () => frames,
    visibilityState: "visible",
  });
}

export class Tab extends EventTarget {
  refreshes = [];
  errors = [];
  endings = [];
  expired = 0;
  signedOut = 0;
  resumed = 0;
  reported = [];
  pointer = 0;
  frozen = false; // Its timers and messages wait until it thaws.
  channels = new Set();

  constructor(browser) {
    super();
    this.browser = browser;
    this.document = documentOf(this);
    this.history = { pushState() {}, replaceState() {} };
    if (browser.navigation) this.navigation = new EventTarget();
    this.navigator = browser.without.has("locks") ? {} : { locks: browser.locks };
    this.Date = { now: () => browser.wall, parse: Date.parse };
    this.performance = { now: () => browser.steady };
    if (!browser.without.has("BroadcastChannel")) this.BroadcastChannel = channelOf(this);
  }

  get localStorage() {
    if (this.browser.without.has("localStorage")) throw new DOMException("blocked", "SecurityError");
    const { stored } = this.browser;
    return {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => {
        stored.set(key, value);
        this.#announce(key, value);
      },
      removeItem: (key) => {
        stored.delete(key);
        this.#announce(key, null);
      },
    };
  }

  #announce(key, newValue) {
    for (const other of this.browser.others(this))
      this.browser.deliver(other, () => other.fire("storage", { key, newValue }));
  }

  setTimeout(run, ms, ...args) {
    return this.browser.setTimeout(this, run, ms, ...args);
  }

  clearTimeout(id) {
    this.browser.clearTimeout(id);
  }

  async fetch(url, init) {
    init.signal.throwIfAborted();
    this.browser.requests.push({ url, at: this.browser.wall, tab: this, ...init });
    return Promise.race([
      this.browser.answer(init),
      new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason))),
    ]);
  }

  reportError(error) {
    this.reported.push(error);
  }

  /** An event as the browser itself fires it: trusted, unless the test says otherwise. */
  fire(type, { isTrusted = true, ...properties } = {}, target = this) {
    const event = Object.assign(new Event(type), properties);
    target.dispatchEvent(Object.defineProperty(event, "isTrusted", { value: isTrusted }));
  }

  /** A pointer that has moved since the last time. */
  movePointer(target = this) {
    this.fire("pointermove", { screenX: ++this.pointer, screenY: 100 }, target);
  }

  show(visibilityState) {
    this.document.visibilityState = visibilityState;
    this.fire("visibilitychange", {}, this.document);
  }

  /** A keeper in this tab whose every callback is noted. Times are exact unless the test asks for jitter. */
  keep(options = {}) {
    this.keeper = keepSession(
      {
        jitter: 0,
        onRefresh: (refresh) => this.refreshes.push(refresh),
        onError: (error) => this.errors.push(error),
        onEnding: ({ at }) => this.endings.push(at),
        onExpired: () => this.expired++,
        onSignedOut: () => this.signedOut++,
        onResumed: () => this.resumed++,
        ...options,
      },
      this,
    );
    return this.keeper;
  }

  /** The user works: a key every `every` ms. */
  async work(ms, every = MINUTE) {
    for (let passed = 0; passed < ms; passed += every) {
      this.fire("keydown");
      await this.browser.advance(Math.min(every, ms - passed));
    }
  }
}
