// Draws the page: how the session is, how long each thing has left, and what has happened.
import { element } from "./elements.js";
import { drawEnding, endOf } from "./ending.js";
import { drawCounts } from "./events.js";
import { pace } from "./pace.js";
import { state } from "./state.js";
import { drawTimeline } from "./timeline.js";
import { SECOND, clock, countdown, day, duration } from "./times.js";

export function draw() {
  const { keeper, session, due, tab } = state;
  drawEnding();
  if (!session || !keeper) return;
  const now = Date.now();
  const { interval, idleAfter, shown } = pace();
  const left = session.exp * SECOND - now;
  const idleIn = state.lastInput + idleAfter - now;
  const outage = state.outageUntil - now;
  const idle = idleIn <= 0;
  const [name, label] = situation(outage, idle);
  element("badge").dataset.state = name;
  element("badge").textContent = label;
  const refused = refusal(left);
  element("next").textContent = state.failing && !refused ? "Next try" : "Next refresh";
  element("due").textContent = nextRefresh(due - now, idle);
  element("due-bar").value = idle ? 0 : Math.min(1, Math.max(0, (due - now) / interval));
  const fails = outage > Math.max(0, due - now) && !idle;
  element("then").textContent = outcome(refused, fails, idle);
  element("hero").dataset.then = refused ? "refused" : fails ? "fails" : "";
  element("idle").textContent = idle ? "idle" : `idle in ${duration(idleIn)}`;
  element("idle-bar").value = Math.max(0, idleIn / idleAfter);
  element("left").textContent = refused || `${countdown(left)} left`;
  element("left-bar").value = refused ? 0 : left / SECOND;
  element("user").textContent = session.sub;
  element("sid").textContent = session.sid;
  element("since").textContent = day(session.auth_time * SECOND);
  const end = endOf(session);
  element("end-head").textContent = end > now ? "Ends" : "Ended";
  element("end").textContent = state.revoked ? "next refresh" : clock(end);
  element("binding").hidden = session.bound === undefined; // nothing is bound here
  element("bound").textContent = session.bound ? "Bound to this device" : "Not bound to this device";
  element("tab-name").textContent = `tab ${tab}`;
  for (const [index, button] of document.querySelectorAll(".outage").entries()) {
    button.hidden = outage > 0 && index > 0;
    button.textContent = outage > 0 ? "End the outage" : `Outage, ${duration(button.dataset.seconds * SECOND)}`;
  }
  drawCounts();
  drawTimeline(now, shown);
}

function situation(outage, idle) {
  if (state.over) return ["over", "Over"];
  if (state.revoked) return ["revoked", "Revoked"];
  if (outage > 0) return ["outage", `Outage, ${duration(outage)} more`];
  if (idle) return ["idle", "Idle"];
  return state.failing ? ["retrying", "Trying again"] : ["active", "Active"];
}

// Why the next refresh is refused.
function refusal(left) {
  if (state.revoked) return "revoked";
  if (state.over) return "refused";
  return left <= 0 ? "expired" : "";
}

function nextRefresh(wait, idle) {
  if (state.over) return "none";
  if (idle) return "rests";
  return wait > 0 ? `in ${duration(wait)}` : "any moment";
}

function outcome(refused, fails, idle) {
  if (state.over) return "until you sign in";
  if (refused) return "will be refused";
  if (fails) return "will fail";
  return idle ? "until you are back" : "";
}
