// Keeps a signed-in session alive while its user works: see README.md for use, session-keeper.d.ts for every option.
// The session's cookie is HttpOnly: this module never sees it. It only decides when to call the refresh endpoint.

const REQUEST_TIMEOUT = 10_000; // A server that hangs counts as one that cannot be reached.
const LOCK_PATIENCE = 2 * REQUEST_TIMEOUT; // Longer than another tab's refresh can take, unless that tab is frozen.
const LOCKS = 3; // Where a frozen tab holds the first, the others take turns by the next.
const SETTLE = 250; // The lock is kept for so long after an answer, so that its news reach the other tabs first.
const LEAVING = 1_000; // Firefox cuts requests off up to so long before a page hears that it is left.
const SKEW = 1_000; // Where a clock is set right while news are under way, they seem to come from a little ahead.
const TOLERANCE = 5_000; // Moments this close are the same one, told in whole seconds and over a network.
const LONGEST_TIMER = 30_000; // Timers stand still while the machine sleeps, and overflow at 2^31: look at the clock.
const FIRST_BACKOFF = 2_000;
const LONGEST_WAIT = 300_000; // for Retry-After and back-off
const LONGEST_WAIT_ON_LOAD = 60_000; // A page that is loaded may be of a new session, which has nobody to wait for.

// What a user does and a page cannot: trusted events only. A page may scroll itself. Dictation, menus and input methods
// write without keys, assistive tools click without a pointer.
const INPUT = [
  "pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove", "click", "beforeinput", "input", "paste",
  "drop",
];

// Whatever a browser lacks, blocks or throws: tabs then know less of each other, nothing more.
const quietly = (work) => {
  try {
    return work();
  } catch {}
};

/** @type {typeof import("./session-keeper.js").keepSession} */
export function keepSession(options = {}, window = globalThis.window) {
  const {
    url = "/api/v1/auth/refresh",
    interval = 900_000,
    jitter = 0.1,
    minGap = 60_000,
    idleAfter = 1_800_000,
    endingBefore = 300_000,
    pauseOnExpired = false,
    version,
    onRefresh,
    onError,
    onEnding,
    onExpired,
    onSignedOut = onExpired,
    onResumed,
  } = options;
  // A NaN here would end in a session that is never refreshed, or in a timer that never rests.
  if (!(interval > 0 && minGap > 0 && idleAfter > 0 && endingBefore >= 0 && jitter >= 0 && jitter < 1))
    throw new RangeError("interval, minGap and idleAfter must be above 0, endingBefore 0 or more, jitter 0 to below 1");

  const { navigator } = window;
  const document = /** @type {Document & { prerendering?: boolean }} */ (window.document);
  const endpoint = new URL(url, document.baseURI); // now: a change of route must not move a relative one
  endpoint.hash = "";
  const name = `session-keeper ${endpoint}`; // of the lock, the channel and the stored record: one session, one name
  const tab = Math.random().toString(36).slice(2, 8);
  const longestWait = Math.min(LONGEST_WAIT, interval);

  const stopping = new AbortController(); // for good
  let life; // an AbortController while the keeper works: until the session is over, the page is left, or stop()
  let ears; // another, while it hears the other tabs
  let over = false; // The page was told that the session is over, and not yet that it goes on.

  // The latest moment of its kind that was told, by this tab or another, in wall clock time. `since` is the time passed
  // by the clock that saw more of it: the wall clock may be set back, the other one stops while the machine sleeps.
  function latest() {
    let wall = -Infinity;
    let steady = -Infinity;
    const passed = () => [window.Date.now() - wall, window.performance.now() - steady];
    const since = () => Math.max(...passed());
    const clocksAgree = () => Math.abs(passed()[0] - passed()[1]) < TOLERANCE;
    // The same news may come twice, late, or in another order. A moment well in the future was told before the clock
    // was set back, and says nothing.
    const isNews = (told) => {
      const age = window.Date.now() - told;
      return Number.isFinite(told) && told !== wall && age >= -SKEW && age < since();
    };
    const hear = (told) => {
      if (!isNews(told)) return false;
      wall = told;
      steady = window.performance.now() - (window.Date.now() - told);
      return true;
    };
    return { since, clocksAgree, isNews, hear };
  }

  const input = latest();
  const born = latest(); // when this keeper began, or began anew
  const begun = latest(); // when the latest one did, in whatever tab: with its page, there may be another session
  const attempted = latest(); // when the latest attempt began. Its outcome is all that is known of the session:
  let failures = 0; // in a row
  let gap = 0; // after the attempt, nothing may refresh for so long
  let due = 0; // after the attempt, the timer refreshes in so long
  let toldToWait = false; // by the server, with Retry-After
  let left = Infinity; // after the attempt, the session ends in so long
  let warnedOf; // the moment that onEnding was told
  let cameOnline = false; // during the attempt
  let timer;
  let running; // the promise of this tab's refresh, while there is one

  const idle = () => input.since() > idleAfter;
  const remaining = () => left - attempted.since();
  const mayBeOfAnotherSession = () => attempted.since() > born.since();

  // The page's own mistakes are reported as such, and do not stop the keeper.
  function call(callback, value) {
    try {
      if (!stopping.signal.aborted) callback?.(value);
    } catch (error) {
      window.reportError?.(error);
    }
  }

  // --- News between tabs. They are told to the tabs that are open. What later ones must know is stored, and that the
  // session is over is not: it would greet the next one.

  const recall = () =>
    quietly(() => {
      const { over, ...news } = JSON.parse(String(window.localStorage.getItem(name)));
      return news;
    });
  const store = (key, value) => quietly(() => window.localStorage.setItem(key, JSON.stringify(value)));
  const forget = (key) => quietly(() => window.localStorage.removeItem(key));

  let channel;
  const post = `${name} news`; // Without a channel, the event of a key that is set and removed carries the news.

  function openEars() {
    ears = new AbortController();
    channel = quietly(() => new window.BroadcastChannel(name));
    if (channel) {
      const { signal } = ears;
      const opened = channel;
      channel.onmessage = (event) => signal.aborted || hear(event.data);
      signal.addEventListener("abort", () => quietly(() => opened.close()));
    } else {
      const onStorage = ({ key, newValue }) => key === post && newValue && hear(quietly(() => JSON.parse(newValue)));
      listen(window, "storage", onStorage, ears.signal);
    }
    listen(document, "visibilitychange", () => hear(recall()), ears.signal); // A tab in the background may miss some.
  }

  function tell(news) {
    if (news.over) forget(name);
    else store(name, { ...recall(), ...news });
    if (channel) return quietly(() => channel.postMessage(news));
    store(post, news);
    forget(post);
  }

  // Tells the other tabs first: the page's callbacks may stop the keeper.
  function share(news) {
    tell(news);
    hear(news);
  }

  // Anybody may write to storage, and older versions of this module to the channel.
  const isAttempt = ({ at, failures, wait, left, reason, tab }) =>
    [at, failures, wait, left ?? 0].every(Number.isFinite) &&
    failures >= 0 &&
    wait >= 0 &&
    [reason, tab].every((text) => typeof text === "string");

  function hear(news) {
    if (!news) return;
    input.hear(news.input);
    begun.hear(news.begun);
    if (news.over) hearOver(news);
    else if (isAttempt(news) && attempted.hear(news.at)) hearAttempt(news);
    schedule();
  }

  function hearAttempt(news) {
    failures = news.failures;
    left = news.left ?? Infinity;
    toldToWait = news.toldToWait === true;
    if (failures) {
      const longest = mayBeOfAnotherSession() ? LONGEST_WAIT_ON_LOAD : longestWait * (1 + jitter);
      gap = due = Math.min(news.wait, attempted.since() + longest);
      return;
    }
    gap = minGap;
    due = Math.max(minGap, Math.min(left, interval * (1 + jitter * (2 * Math.random() - 1))));
    if (over) {
      over = false;
      if (!life) begin();
      call(onResumed);
    }
    call(onRefresh, { reason: news.reason, tab: news.tab, at: news.at });
  }

  // `at` is when the refused request began, or when the user signed out. What is known to be newer wins: if a page was
  // loaded since, there may have been a sign-in, and this tab asks for itself.
  function hearOver({ at, over }) {
    hear(recall());
    if (!life || !attempted.hear(at)) return;
    failures = gap = due = 0;
    if (begun.since() < attempted.since()) refresh("check");
    else end(over === "signed out");
  }

  // --- One attempt

  // The value of `work`, which gets a signal that aborts after `ms` or with `outer`: then this rejects, at the latest.
  function within(ms, work, outer) {
    const limit = new AbortController();
    const end = () => {
      window.clearTimeout(deadline);
      limit.abort();
    };
    const deadline = window.setTimeout(end, ms);
    outer?.addEventListener("abort", end, { signal: limit.signal });
    const aborted = new Promise((_, reject) => limit.signal.addEventListener("abort", reject));
    const result = (async () => work(limit.signal))();
    return Promise.race([aborted, result]).finally(end);
  }

  const pause = (ms, signal) => within(ms, () => new Promise(() => {}), signal).catch(() => {});

  // Asks the server, and tells all tabs how it went. The news that the session is over is returned, for this tab to hear.
  async function attempt(reason, signal) {
    const asked = latest();
    asked.hear(window.Date.now());
    cameOnline = false;
    /** @type {Response | undefined} */
    let response;
    /** @type {any} */
    let body, cause;
    try {
      await within(REQUEST_TIMEOUT, async (signal) => {
        response = await window.fetch(endpoint.href, {
          method: "POST",
          credentials: "include",
          cache: "no-store",
          redirect: "error", // The answer of another address is not the endpoint's.
          headers: version ? { "Verifa-Version": version } : {},
          signal,
        });
        if (response.status === 200 || response.status === 401) body = await response.json();
      }, signal);
    } catch (error) {
      cause = error;
    }
    const took = asked.since();
    if (!response && !signal.aborted) await pause(LEAVING, signal);
    if (signal.aborted) return;
    hear(recall()); // A tab that was frozen meanwhile must not tell old news over newer ones.
    const at = Math.round(window.Date.now() - asked.since());
    if (signal.aborted || !attempted.isNews(at)) return;

    // A proxy, a gateway or a Service Worker may answer 401 too: only the service's own ends a session.
    if (response?.status === 401 && body?.error === "unauthorized" && body.status_code === 401) {
      const news = { at, over: "expired" };
      if (begun.since() < asked.since()) return hear(news); // It may have been of the session before: ask once more.
      tell(news);
      return news;
    }
    const ok = response?.status === 200 && body?.refreshed === true;
    const told = retryAfter(response);
    const retryIn = ok ? 0 : Math.round(told || (cameOnline ? soon() : backoff()));
    const ends = ok && endOf(response);
    const news = {
      at,
      reason,
      tab,
      failures: ok ? 0 : failures + 1,
      wait: ok ? 0 : took + retryIn,
      toldToWait: told > 0,
      left: finite(ends || remaining() + asked.since()),
    };
    share(news);
    if (!ok) {
      const status = response?.status;
      const error = new Error(`Session not refreshed: ${response ? `status ${status}` : "no answer"}`, { cause });
      call(onError, Object.assign(error, { status, reason, retryIn }));
    }
  }

  const finite = (value) => (Number.isFinite(value) ? value : undefined); // JSON has no Infinity

  // What moments in an answer are counted from, in ms: the server's clock, where it is shown.
  const serverTime = (response) => window.Date.parse(response.headers.get("Date")) || window.Date.now();

  // In how many ms the session ends, by the answer's Verifa-Session-Ends. 0 if it does not say.
  function endOf(response) {
    const value = response.headers.get("Verifa-Session-Ends");
    return /^\d{1,12}$/.test(value) ? value * 1000 - serverTime(response) : 0;
  }

  // RFC 9110 section 10.2.3: seconds or a date. A little is added, so that not everybody who was told the same comes
  // back in the same second.
  function retryAfter(response) {
    if (response?.status !== 429 && response?.status !== 503) return 0;
    const value = response.headers.get("Retry-After");
    const ms = /^\d+$/.test(value) ? value * 1000 : window.Date.parse(value) - serverTime(response);
    return ms > 0 ? Math.min(ms, longestWait) * (1 + jitter * Math.random()) : 0;
  }

  const soon = () => FIRST_BACKOFF * Math.random();
  const backoff = () => Math.min(longestWait, FIRST_BACKOFF * 2 ** failures) * (0.5 + Math.random() / 2);

  // --- One attempt at a time, in all tabs

  // The value of `work`, which runs once, while no other tab runs one. The lock saves requests and is no condition:
  // where it cannot be had, because the browser has none or frozen tabs hold them all, `work` runs without.
  async function exclusively(work, signal) {
    let done;
    const once = () => (done ??= Promise.resolve().then(work));
    for (let lock = 1; lock <= LOCKS && !done && !signal?.aborted; lock++)
      try {
        const request = (signal) => navigator.locks.request(lock > 1 ? `${name} ${lock}` : name, { signal }, once);
        await within(LOCK_PATIENCE, request, signal);
      } catch {}
    if (!signal?.aborted) return once();
  }

  function refresh(reason, onlyIfDue) {
    const signal = life?.signal;
    const allowed = () => signal && !signal.aborted && attempted.since() >= (onlyIfDue ? due : gap);
    if (running || !allowed()) return running ?? Promise.resolve();
    const mine = exclusively(async () => {
      hear(recall()); // While this tab waited for the lock, another one may have done it.
      if (!allowed()) return;
      let over;
      // Twice if a page was loaded while the session was refused.
      for (let tries = 2; tries && !over && allowed(); tries--) over = await attempt(reason, signal);
      if (signal.aborted) return;
      await pause(SETTLE, signal);
      if (!signal.aborted) hear(over);
    }, signal).finally(() => {
      if (running !== mine) return;
      running = undefined;
      schedule();
    });
    return (running = mine);
  }

  // --- What sets it going

  function schedule() {
    window.clearTimeout(timer);
    if (!life) return;
    const untilWarning = warn();
    const untilDue = idle() ? Infinity : due - attempted.since(); // The timer rests until there is input.
    const next = Math.min(untilDue, untilWarning);
    if (!life || next === Infinity) return;
    // A timer drops fractions, and would come too early.
    timer = window.setTimeout(tick, Math.min(Math.max(Math.ceil(next), 0), LONGEST_TIMER), "timer");
  }

  function tick(reason) {
    if (!idle()) refresh(reason, true);
    if (!running) schedule();
  }

  // Tells the page that the end is near, or that one it was warned of has moved; in how long to look again. Nobody is
  // warned by a clock that may have been set forward, or by what may be of another session: the server is asked first.
  function warn() {
    const rest = remaining();
    if (!onEnding || rest === Infinity) return Infinity;
    if (!warnedOf && rest > endingBefore) return rest - endingBefore;
    if (mayBeOfAnotherSession() || !attempted.clocksAgree()) {
      due = Math.min(due, gap);
      return Infinity;
    }
    const at = Math.round(window.Date.now() + rest);
    const isNear = rest > 0 && rest <= endingBefore;
    if (warnedOf ? Math.abs(at - warnedOf) > TOLERANCE : isNear) {
      warnedOf = isNear ? at : undefined;
      call(onEnding, { at });
    }
    return rest > endingBefore ? rest - endingBefore : Infinity;
  }

  function noteInput() {
    if (input.since() < idleAfter / 60) return; // A moving pointer is not news each time.
    share({ input: window.Date.now() });
  }

  function listen(target, type, listener, signal = life.signal) {
    target.addEventListener(type, listener, { capture: true, passive: true, signal });
  }

  let pointer; // Content that moves below a resting pointer may fire events of it.
  function onInput(event) {
    if (!event.isTrusted) return;
    if (event.type === "pointermove") {
      const before = pointer;
      pointer = `${event.screenX} ${event.screenY}`;
      if (pointer === before) return;
    }
    noteInput();
    refresh("activity", true);
  }

  // Frames of the same origin are part of the page; others cannot be looked into. A frame that loads another document
  // needs new listeners, and one that has ours gets none twice.
  function hearInput(view) {
    for (const type of INPUT) listen(view, type, onInput);
    listen(view.document, "load", onLoad);
    for (const frame of view.document.querySelectorAll("iframe, frame, object")) enter(frame);
  }
  const enter = (frame) => quietly(() => frame.contentDocument && hearInput(frame.contentDocument.defaultView));
  const onLoad = (event) => life && enter(event.target);

  // Whoever comes back to the tab is not idle, even before the first key.
  function comeBack(reason) {
    noteInput();
    refresh(reason);
  }

  // --- A keeper's life

  function begin() {
    life = new AbortController();
    if (!ears) openEars();
    hearInput(window);
    listen(window, "focus", (event) => event.target === window && comeBack("focus"));
    listen(document, "visibilitychange", () => document.visibilityState === "visible" && comeBack("visible"));
    listen(window, "online", () => {
      cameOnline = true;
      if (!failures || toldToWait || idle()) return;
      gap = due = Math.min(due, attempted.since() + soon());
      schedule();
    });
    // A page may change its route by itself: that is no sign of its user.
    watchRoutes(window, life.signal, () => idle() || refresh("route"));
  }

  // `ears` stay open if only the session is over, and the next one is to be heard of.
  function rest(keepEars) {
    window.clearTimeout(timer);
    life?.abort();
    life = running = warnedOf = undefined;
    if (keepEars) return;
    ears?.abort();
    ears = channel = undefined;
  }

  // Rests first: whatever the page does then, it is told but once.
  function end(isSignedOut) {
    rest(pauseOnExpired);
    over = true;
    forget(name);
    if (!isSignedOut) return call(onExpired);
    // Signing out takes the lock until it is done.
    exclusively(() => over && call(onSignedOut));
  }

  function start() {
    begin();
    tellBegun();
    hear({ input: recall()?.input });
    // Loading a page is not input, else one that reloads itself would never be idle; only the first page must count.
    if (input.since() === Infinity) noteInput();
    window.clearTimeout(timer);
    timer = window.setTimeout(tick, 0, "start");
  }

  function tellBegun() {
    const now = window.Date.now();
    born.hear(now);
    share({ begun: now });
  }

  // Asks at once whatever the gap: there may be another session. A wait after a failure is kept, for at most so long.
  async function beginAnew(reason, longest) {
    if (!life) begin();
    tellBegun();
    if (running) {
      await running;
      if (!life || !mayBeOfAnotherSession()) return; // It was stopped, or has asked again since.
    }
    hear(recall());
    gap = due = failures ? Math.min(gap, attempted.since() + longest) : 0;
    return refresh(reason);
  }

  listen(window, "pagehide", () => rest(), stopping.signal);
  listen(
    window,
    "pageshow",
    (event) => {
      if (!event.persisted) return;
      beginAnew("restored", LONGEST_WAIT_ON_LOAD);
      noteInput();
    },
    stopping.signal,
  );
  if (document.prerendering) listen(document, "prerenderingchange", start, stopping.signal);
  else start();

  return {
    tab,
    refresh: (reason = "manual") => refresh(reason),
    async resume() {
      if (!stopping.signal.aborted && !document.prerendering) await beginAnew("resume", 0);
    },
    signOut(work) {
      const done = exclusively(work); // Asks for the lock before the others hear of it, and wait for it.
      const at = window.Date.now();
      if (!ears) openEars();
      tell({ at, over: "signed out" });
      attempted.hear(at); // What was asked before is old.
      rest(pauseOnExpired && !stopping.signal.aborted);
      over = true;
      return done;
    },
    stop() {
      rest();
      stopping.abort();
    },
  };
}

// Calls `changed` on every route change until `stopped`.
function watchRoutes(window, stopped, changed) {
  const { history, navigation } = window;
  if (navigation) return navigation.addEventListener("currententrychange", changed, { signal: stopped });
  window.addEventListener("popstate", changed, { signal: stopped });
  for (const method of ["pushState", "replaceState"]) {
    const patched = history[method].watchers ? history[method] : quietly(() => patch(history, method));
    if (!patched) continue;
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
