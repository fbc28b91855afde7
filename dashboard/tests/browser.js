// A browser with tabs, as far as the keeper can tell, in which the test moves the time and plays the server.
import { setMaxListeners } from "node:events";
import { keepSession } from "../session-keeper.js";

setMaxListeners(30); // A keeper has a dozen listeners. Node warns of more, in case they pile up.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

const settled = () => new Promise(setImmediate);

export class Browser {
  wall = Date.UTC(2026, 0, 5, 9);
  steady = 0;
  requests = [];
  answer = refreshed;
  stored = new Map();
  #timers = new Map();
  #lastTimer = 0;
  #tabs = [];
  #held = new Map(); // lock name -> the requests for it, the holder's first

  /** `without`: names of what this browser lacks, such as "locks". `news`: how long a message takes to another tab. */
  constructor({ without = [], news = 1, navigation = false } = {}) {
    this.without = new Set(without);
    this.news = news;
    this.navigation = navigation;
  }

  open() {
    const tab = new Tab(this);
    this.#tabs.push(tab);
    return tab;
  }

  others(tab) {
    return this.#tabs.filter((other) => other !== tab);
  }

  /** Lets time pass, awake: timers fire in their order. */
  async advance(ms) {
    const end = this.steady + ms;
    for (let fired = 0, since = this.steady; ; fired++) {
      if (this.steady > since) [fired, since] = [0, this.steady];
      if (fired > 1000) throw new Error("Timers go round and round while no time passes");
      await settled();
      const [next] = [...this.#timers.values()].sort((a, b) => a.at - b.at || a.id - b.id);
      if (!next || next.at > end) break;
      this.#pass(Math.max(0, next.at - this.steady));
      this.#timers.delete(next.id);
      next.run();
    }
    this.#pass(end - this.steady);
    await settled();
  }

  /** The machine sleeps: the wall clock goes on, timers and the steady clock stand still. */
  sleep(ms) {
    this.wall += ms;
  }

  setClock(ms) {
    this.wall += ms;
  }

  #pass(ms) {
    this.steady += ms;
    this.wall += ms;
  }

  setTimeout(owner, run, ms = 0, ...args) {
    const id = ++this.#lastTimer;
    const delay = ms > 0 && ms < 2 ** 31 ? Math.trunc(ms) : 0; // What does not fit 31 bits fires at once.
    this.#timers.set(id, { id, owner, at: this.steady + delay, run: () => run(...args) });
    return id;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  timers(owner) {
    return [...this.#timers.values()].filter((timer) => timer.owner === owner);
  }

  /** Web Locks: exclusive, in order; `signal` ends the waiting only. */
  lock(name, { signal }, work) {
    if (!this.#held.has(name)) this.#held.set(name, []);
    const queue = this.#held.get(name);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const request = {
        granted: false,
        grant: async () => {
          request.granted = true;
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          }
          queue.shift();
          queue[0]?.grant();
        },
      };
      signal.addEventListener("abort", () => {
        if (request.granted) return;
        queue.splice(queue.indexOf(request), 1);
        reject(signal.reason);
      });
      queue.push(request);
      if (queue[0] === request) queueMicrotask(request.grant);
    });
  }

  /** A frozen tab that holds the keepers' lock and does not let go. */
  freezeHolder(name) {
    this.lock(name, { signal: new AbortController().signal }, () => new Promise(() => {}));
  }
}

class Tab extends EventTarget {
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
    this.navigator = browser.without.has("locks")
      ? {}
      : { locks: { request: (name, options, work) => browser.lock(name, options, work) } };
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

const channelOf = (tab) =>
  class {
    constructor(name) {
      this.name = name;
      tab.channels.add(this);
    }

    postMessage(data) {
      const copy = structuredClone(data);
      for (const other of tab.browser.others(tab))
        for (const channel of other.channels)
          if (channel.name === this.name)
            tab.browser.setTimeout(
              "channel",
              () => other.channels.has(channel) && channel.onmessage?.({ data: copy }),
              tab.browser.news,
            );
    }

    close() {
      tab.channels.delete(this);
    }
  };

export const json = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

export const refreshed = async () => json(200, { refreshed: true });

export const refused = async () => json(401, { error: "unauthorized", detail: "Sign in again.", status_code: 401 });

export const unreachable = async () => {
  throw new TypeError("Failed to fetch");
};

/** One tab with a running keeper whose first refresh is done. */
export async function started(options, browser = new Browser()) {
  const tab = browser.open();
  tab.keep(options);
  await browser.advance(SECOND);
  browser.requests.length = tab.refreshes.length = 0;
  return { browser, tab, keeper: tab.keeper };
}

/** Five tabs of one session, one of which did the first refresh. */
export async function startedTabs(options, browser = new Browser()) {
  const tabs = [1, 2, 3, 4, 5].map(() => browser.open());
  for (const tab of tabs) tab.keep(options);
  await browser.advance(5 * SECOND);
  browser.requests.length = 0;
  for (const tab of tabs) tab.refreshes.length = 0;
  return { browser, tabs };
}
