// Keeps the session: starts and ends this tab's keeper, and passes on what it tells.
import { element } from "./elements.js";
import { because, events } from "./events.js";
import { join, note, tell } from "./news.js";
import { pace } from "./pace.js";
import { draw } from "./page.js";
import { route } from "./routes.js";
import { readSession, reasonOf } from "./service.js";
import { keepSession } from "./session-keeper.js";
import { state } from "./state.js";
import { nameOf } from "./tabs.js";
import { duration } from "./times.js";

// Looks at the session anew, in every tab that hears of a change. If the service is away, what is known of the session
// stays; the promised value is then the error.
export async function look() {
  try {
    const session = await readSession();
    if (!session) return;
    if (!state.keeper || session.sid !== state.session.sid) begin(session);
    state.session = session;
  } catch (error) {
    return error;
  }
  draw();
}

export function begin(session) {
  state.session = session;
  state.failing = state.revoked = false;
  keep();
}

export function keep() {
  leave();
  const { interval, minGap, idleAfter } = pace();
  state.keeper = keepSession({ interval, minGap, idleAfter, onRefresh, onError, onExpired });
  state.tab ??= state.keeper.tab;
  if (!state.failing) state.due = Date.now() + interval;
  element("sign-in-news").textContent = "";
  join();
  route();
}

function leave() {
  state.keeper?.stop();
  state.keeper = undefined;
}

function onRefresh({ reason, tab, at }) {
  const { interval, minGap } = pace();
  state.failing = false;
  state.due = at + interval;
  state.possible = at + minGap;
  // A new keeper is told of the latest refresh, which the page may know of from the keeper before.
  const known = events.some((event) => event.kind === "refreshed" && event.at === at);
  if (!known) note({ kind: "refreshed", tab: nameOf(tab), at, reason, text: `Refreshed: ${because(reason)}` });
  look();
}

function onError(error) {
  const { reason, retryIn } = error;
  const text = `Not refreshed (${because(reason)}): ${reasonOf(error)}, next try in ${duration(retryIn)}`;
  tell({ kind: "failed", reason, text, due: Date.now() + retryIn });
}

function onExpired() {
  note({ kind: "expired", tab: state.tab, at: Date.now(), text: "Refused (401): the session is over" });
  leave();
  state.session = undefined;
  element("signed-out-title").textContent = "Your session is over";
  element("why").textContent = state.revoked
    ? "It was revoked. The next refresh was refused, and every tab signed out."
    : "The service refused to extend it, and every tab signed out.";
  route();
}
