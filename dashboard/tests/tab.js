// A tab of the browser, as far as the keeper can tell, with the user before it.
import { setMaxListeners } from "node:events";
import { keepSession } from "../session-keeper.js";
import { channelOf } from "./channel.js";
import { MINUTE } from "./times.js";

setMaxListeners(30); // A keeper has a dozen listeners. Node warns of more, in case they pile up.

export class Tab extends EventTarget {
  refreshes = [];
  errors = [];
  expired = 0;
  reported = [];
  channels = new Set();

  constructor(browser) {
    super();
    this.browser = browser;
    this.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
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
      this.browser.setTimeout("storage", () => other.fire("storage", { key, newValue }), this.browser.news);
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

  fire(type, properties = {}, target = this) {
    target.dispatchEvent(Object.assign(new Event(type), properties));
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
        onExpired: () => this.expired++,
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
