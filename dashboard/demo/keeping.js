// Keeps the session: starts and ends this tab's keeper, and passes on what it tells.
import { element } from "./elements.js";
import { because } from "./events.js";
import { note, tell } from "./news.js";
import { pace } from "./pace.js";
import { draw } from "./page.js";
import { route } from "./routes.js";
import { readSession } from "./service.js";
import { keepSession } from "./session-keeper.js";
import { state } from "./state.js";
import { meet, others } from "./tabs.js";
import { duration } from "./times.js";

// Looks at the session anew, in every tab that hears of a change.
export async function look() {
  try {
    const session = await readSession();
    if (!session) return;
    state.session = session;
    if (!state.keeper) keep();
  } catch {
    // The service is away: what is known of the session stays.
  }
  draw();
}

export function keep() {
  leave();
  const { interval, minGap, idleAfter } = pace();
  state.failing = state.revoked = false;
  state.keeper = keepSession({ interval, minGap, idleAfter, onRefresh, onError, onExpired });
  state.due = Date.now() + interval;
  meet(state.keeper.tab);
  others.postMessage({ hello: state.keeper.tab });
  route();
}

function leave() {
  state.keeper?.stop();
  state.keeper = undefined;
}

function onRefresh({ reason, tab, at }) {
  state.failing = false;
  state.due = at + pace().interval;
  note({ kind: "refreshed", tab, at, reason, text: `Refreshed: ${because(reason)}` });
  look();
}

function onError({ status, reason, retryIn }) {
  const answer = status ? `the service answered ${status}` : "no answer";
  const text = `Not refreshed (${because(reason)}): ${answer}, next try in ${duration(retryIn)}`;
  tell({ kind: "failed", reason, text, due: Date.now() + retryIn });
}

function onExpired() {
  note({ kind: "expired", tab: state.keeper.tab, at: Date.now(), text: "Refused (401): the session is over" });
  leave();
  state.session = undefined;
  element("signed-out-title").textContent = "Your session is over";
  element("why").textContent = state.revoked
    ? "It was revoked. The next refresh was refused, and every tab signed out."
    : "The service refused to extend it, and every tab signed out.";
  route();
}
