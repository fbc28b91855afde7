// A browser with tabs, in which the test moves the time and plays the server.
import { refreshed } from "./answers.js";
import { Locks } from "./locks.js";
import { Tab } from "./tab.js";

const settled = () => new Promise(setImmediate);

export class Browser {
  wall = Date.UTC(2026, 0, 5, 9);
  steady = 0;
  requests = [];
  answer = refreshed;
  stored = new Map();
  locks = new Locks();
  #timers = new Map();
  #lastTimer = 0;
  #tabs = [];

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
      const awake = [...this.#timers.values()].filter(({ tab }) => !tab?.frozen);
      const [next] = awake.sort((a, b) => a.at - b.at || a.id - b.id);
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
    this.#timers.set(id, { id, owner, tab: owner, at: this.steady + delay, run: () => run(...args) });
    return id;
  }

  /** A task of another tab's making, such as a message. */
  deliver(tab, run) {
    const id = ++this.#lastTimer;
    this.#timers.set(id, { id, tab, at: this.steady + this.news, run });
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  timers(owner) {
    return [...this.#timers.values()].filter((timer) => timer.owner === owner);
  }

  /** A frozen tab that holds the keepers' lock and does not let go. */
  freezeHolder(name) {
    this.locks.request(name, { signal: new AbortController().signal }, () => new Promise(() => {}));
  }
}
