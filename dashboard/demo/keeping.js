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
import { SECOND, duration } from "./times.js";

// Looks at the session anew, in every tab that hears of a change. If the service is away, what is known of the session
// stays; the promised value is then the error.
export async function look() {
  try {
    const session = await readSession();
    if (!session) return;
    if (state.over || session.sid !== state.session?.sid) return begin(session);
    if (session.bound && !state.session.bound)
      note({ kind: "bound", tab: state.tab, at: Date.now(), text: "The browser bound the session to this device" });
    state.session = session;
    draw();
  } catch (error) {
    return error;
  }
}

// Begins a session. A keeper that works, or pauses since the session before was over, is kept.
export function begin(session) {
  if (state.session && session.sub !== state.session.sub) return location.reload(); // not this user's page
  Object.assign(state, { session, failing: false, revoked: false, ending: 0, over: false });
  if (state.keeper) draw();
  else keep();
}

export function keep() {
  state.keeper?.stop();
  const { interval, minGap, idleAfter, endingBefore } = pace();
  const told = { onRefresh, onError, onEnding, onExpired, onSignedOut: leave, onResumed: look };
  state.keeper = keepSession({ interval, minGap, idleAfter, endingBefore, pauseOnExpired: true, ...told });
  state.tab ??= state.keeper.tab;
  if (!state.failing) state.due = Date.now() + interval;
  element("sign-in-news").textContent = "";
  join();
  route();
}

// Shows nothing more of a session that was signed out: the next user of this browser may be another one.
export function leave() {
  state.keeper?.stop();
  Object.assign(state, { keeper: undefined, session: undefined, ending: 0, over: false });
  element("draft").value = "";
  element("signed-out-title").textContent = "You are signed out";
  element("why").textContent = "In every tab. The session was revoked, and its cookie deleted.";
  route();
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
  if (state.session?.bound === false) setTimeout(look, SECOND); // the browser binds it, if it can, after this answer
}

function onError(error) {
  const { reason, retryIn } = error;
  const text = `Not refreshed (${because(reason)}): ${reasonOf(error)}, next try in ${duration(retryIn)}`;
  tell({ kind: "failed", reason, text, due: Date.now() + retryIn });
}

function onEnding({ at }) {
  state.ending = at - Date.now() <= pace().endingBefore ? at : 0;
  const text = `Warned: the session ends in ${duration(at - Date.now())}`;
  if (state.ending) note({ kind: "ending", at: Date.now(), text });
  draw();
}

function onExpired() {
  state.over = true;
  note({ kind: "expired", tab: state.tab, at: Date.now(), text: "Refused (401): the session is over" });
}
