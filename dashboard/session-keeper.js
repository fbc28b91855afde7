// Keeps a signed-in session alive while its user works: see README.md for use, session-keeper.d.ts for every option.
// The session's cookie is HttpOnly: this module never sees it. It only decides when to call the refresh endpoint.

const REQUEST_TIMEOUT = 10_000; // A server that hangs counts as one that cannot be reached.
const LOCK_PATIENCE = 2 * REQUEST_TIMEOUT; // Longer than another tab's refresh can take, unless that tab is frozen.
const SETTLE = 250; // The lock is kept for so long after an answer, so that its news reach the other tabs first.
const SKEW = 1_000; // Where a clock is set right while news are under way, they seem to come from a little ahead.
const LONGEST_TIMER = 30_000; // Timers stand still while the machine sleeps, and overflow at 2^31: look at the clock.
const FIRST_BACKOFF = 2_000;
const LONGEST_BACKOFF = 300_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove"]; // A page may scroll itself.

/** @type {typeof import("./session-keeper.js").keepSession} */
export function keepSession(options = {}, window = globalThis.window) {
  const {
    url = "/api/v1/auth/refresh",
    interval = 900_000,
    jitter = 0.1,
    minGap = 60_000,
    idleAfter = 1_800_000,
    version,
    onRefresh,
    onError,
    onExpired,
  } = options;
  // A NaN here would end in a session that is never refreshed, or in a timer that never rests.
  if (!(interval > 0 && minGap > 0 && idleAfter > 0 && jitter >= 0 && jitter < 1))
    throw new RangeError("interval, minGap and idleAfter must be above 0, jitter from 0 to below 1");

  const { document, navigator } = window;
  const name = `session-keeper ${url}`; // of the lock, the channel and the stored record: one session, one name
  const tab = Math.random().toString(36).slice(2, 8);
  const stopping = new AbortController();
  const stopped = stopping.signal;

  // The latest moment of its kind that was told, by this tab or another, in wall clock time. `since` is the time passed,
  // by the clock that saw more of it: the wall clock may be set back, the other one stops while the machine sleeps.
  function latest() {
    let at;
    let wall = -Infinity;
    let steady = -Infinity;
    const since = () => Math.max(window.Date.now() - wall, window.performance.now() - steady);
    // The same news may come twice, late, or in another order. A moment well in the future was told before the clock was
    // set back, and says nothing.
    const hear = (told) => {
      const age = window.Date.now() - told;
      if (told === at || !(age >= -SKEW && age < since())) return false;
      at = wall = told;
      steady = window.performance.now() - age;
      return true;
    };
    return { since, hear };
  }

  const input = latest();
  const attempted = latest();
  let failures = 0; // in a row
  let gap = 0; // after the latest attempt, nothing may refresh for so long
  let due = 0; // after the latest attempt, the timer refreshes in so long
  let timer;
  let running; // the promise of this tab's refresh, while there is one

  const idle = () => input.since() > idleAfter;

  // --- News between tabs. They are told to the tabs that are open, and stored for those that open later.

  const channel = window.BroadcastChannel && new window.BroadcastChannel(name);
  // Storage may be blocked, full, or hold what somebody else wrote: tabs then know less of each other, nothing more.
  const quietly = (work) => {
    try {
      return work();
    } catch {}
  };
  const recall = () => quietly(() => JSON.parse(String(window.localStorage.getItem(name))));

  function tell(news) {
    quietly(() => window.localStorage.setItem(name, JSON.stringify({ ...recall(), ...news })));
    channel?.postMessage(news);
  }

  function hear(news) {
    if (stopped.aborted || !news) return;
    if (news.expired) return expire();
    input.hear(news.input);
    if (attempted.hear(news.at)) {
      failures = news.failures;
      gap = failures ? news.wait : minGap;
      due = failures ? news.wait : Math.max(minGap, interval * (1 + jitter * (2 * Math.random() - 1)));
      if (!failures) call(onRefresh, { reason: news.reason, tab: news.tab, at: news.at });
    }
    schedule();
  }

  // The page's own mistakes are reported as such, and do not stop the keeper.
  function call(callback, value) {
    try {
      callback?.(value);
    } catch (error) {
      window.reportError?.(error);
    }
  }

  // --- One attempt

  // Runs `work` with a signal that aborts after `ms`, and when the keeper stops.
  function within(ms, work) {
    const limit = new AbortController();
    const end = () => {
      window.clearTimeout(deadline);
      limit.abort();
    };
    const deadline = window.setTimeout(end, ms);
    stopped.addEventListener("abort", end, { signal: limit.signal });
    return work(limit.signal).finally(end);
  }

  // Asks the server, and tells all tabs how it went. The promised value says whether the session is over.
  async function attempt(reason) {
    /** @type {Response | undefined} */
    let response;
    let refreshed, cause;
    try {
      await within(REQUEST_TIMEOUT, async (signal) => {
        response = await window.fetch(url, {
          method: "POST",
          credentials: "include",
          cache: "no-store",
          redirect: "error", // The answer of another address is not the endpoint's.
          headers: version ? { "Verifa-Version": version } : {},
          signal,
        });
        if (response.status === 200) refreshed = (await response.json()).refreshed === true;
      });
    } catch (error) {
      cause = error;
    }
    if (stopped.aborted) return;
    if (response?.status === 401) {
      tell({ expired: true });
      quietly(() => window.localStorage.removeItem(name)); // The next session starts afresh.
      return true;
    }
    const news = { at: window.Date.now(), failures: refreshed ? 0 : failures + 1, wait: 0, reason, tab };
    if (!refreshed) news.wait = Math.round(retryAfter(response) || backoff());
    tell(news);
    hear(news);
    if (!refreshed) {
      const error = new Error(`Session not refreshed: ${response ? `status ${response.status}` : "no answer"}`, { cause });
      call(onError, Object.assign(error, { status: response?.status, reason, retryIn: news.wait }));
    }
  }

  // RFC 9110 section 10.2.3: seconds or a date, which is read by the server's clock where that is shown. A little is
  // added, so that not everybody who was told the same comes back in the same second.
  function retryAfter(response) {
    if (response?.status !== 429 && response?.status !== 503) return 0;
    const value = response.headers.get("Retry-After");
    const now = window.Date.parse(response.headers.get("Date")) || window.Date.now();
    const ms = /^\d+$/.test(value) ? value * 1000 : window.Date.parse(value) - now;
    return ms > 0 ? ms * (1 + jitter * Math.random()) : 0;
  }

  const backoff = () =>
    Math.min(LONGEST_BACKOFF, interval, FIRST_BACKOFF * 2 ** failures) * (0.5 + Math.random() / 2);

  // Stops first: whatever the page does then, it is told but once.
  function expire() {
    if (stopped.aborted) return;
    stop();
    call(onExpired);
  }

  // --- One attempt at a time, in all tabs

  // The lock saves requests and is no condition: where it cannot be had, because the browser has none or its holder is
  // frozen, the session is refreshed without.
  function exclusively(work) {
    if (!navigator.locks) return work();
    return within(LOCK_PATIENCE, (signal) => navigator.locks.request(name, { signal }, work)).catch(work);
  }

  function refresh(reason, onlyIfDue) {
    const allowed = () => !stopped.aborted && attempted.since() >= (onlyIfDue ? due : gap);
    if (running || !allowed()) return running || Promise.resolve();
    running = exclusively(async () => {
      hear(recall()); // While this tab waited for the lock, another one may have done it.
      if (!allowed()) return;
      const over = await attempt(reason);
      if (stopped.aborted) return;
      await within(SETTLE, (signal) => new Promise((resolve) => signal.addEventListener("abort", resolve)));
      if (over) expire();
    }).finally(() => {
      running = undefined;
      schedule();
    });
    return running;
  }

  // --- What sets it going

  function schedule() {
    window.clearTimeout(timer);
    if (stopped.aborted) return;
    const left = Math.ceil(due - attempted.since()); // A timer drops fractions, and would come too early.
    timer = window.setTimeout(tick, Math.min(Math.max(left, 0), LONGEST_TIMER), "timer");
  }

  function tick(reason) {
    if (idle()) return; // The timer rests until there is input.
    refresh(reason, true);
    if (!running) schedule();
  }

  function noteInput() {
    if (input.since() < idleAfter / 60) return; // A moving pointer is not news each time.
    const news = { input: window.Date.now() };
    tell(news);
    hear(news);
  }

  function listen(target, type, listener) {
    target.addEventListener(type, listener, { capture: true, passive: true, signal: stopped });
  }

  for (const type of INPUT)
    listen(window, type, () => {
      noteInput();
      refresh("activity", true);
    });

  // Whoever comes back to the tab is not idle, even before the first key.
  function comeBack(reason) {
    noteInput();
    refresh(reason);
  }
  listen(window, "focus", (event) => event.target === window && comeBack("focus"));
  listen(document, "visibilitychange", () => document.visibilityState === "visible" && comeBack("visible"));

  // A page may change its route by itself: that is no sign of its user.
  watchRoutes(window, stopped, () => idle() || refresh("route"));

  if (channel) channel.onmessage = (event) => hear(event.data);
  else listen(window, "storage", (event) => event.key === name && hear(quietly(() => JSON.parse(event.newValue))));

  function stop() {
    window.clearTimeout(timer);
    channel?.close();
    stopping.abort();
  }

  // Loading a page is not input, else one that reloads itself would never be idle; only the first page must count.
  const known = recall();
  if (known?.input) input.hear(known.input);
  else noteInput();
  window.clearTimeout(timer);
  timer = window.setTimeout(tick, 0, "start");

  return { tab, stop, refresh: (reason = "manual") => refresh(reason) };
}

// Calls `changed` on every route change until `stopped`.
function watchRoutes(window, stopped, changed) {
  const { history, navigation } = window;
  if (navigation) return navigation.addEventListener("currententrychange", changed, { signal: stopped });
  window.addEventListener("popstate", changed, { signal: stopped });
  for (const method of ["pushState", "replaceState"]) {
    const patched = history[method].watchers ? history[method] : patch(history, method);
    patched.watchers.add(changed);
    stopped.addEventListener("abort", () => {
      patched.watchers.delete(changed);
      // If somebody patched it again meanwhile, ours must stay below theirs; it then only passes calls on.
      if (!patched.watchers.size && history[method] === patched) history[method] = patched.original;
    });
  }
}

// One patch serves all keepers of a page.
function patch(history, method) {
  const original = history[method];
  const watchers = new Set();
  /** @this {History} */
  function patched(...args) {
    original.apply(this, args);
    for (const changed of watchers) changed();
  }
  return (history[method] = Object.assign(patched, { original, watchers }));
}
