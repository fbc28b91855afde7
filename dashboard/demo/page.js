// Draws the page: how the session is, how long each thing has left, and what has happened.
import { element } from "./elements.js";
import { drawCounts } from "./events.js";
import { pace } from "./pace.js";
import { state } from "./state.js";
import { drawTimeline } from "./timeline.js";
import { SECOND, clock, countdown, duration } from "./times.js";

export function draw() {
  const { keeper, session, due, tab } = state;
  if (!session || !keeper) return;
  const now = Date.now();
  const { interval, idleAfter, shown } = pace();
  const left = session.exp * SECOND - now;
  const idleIn = state.lastInput + idleAfter - now;
  const outage = state.outageUntil - now;
  const [name, label] = state.revoked
    ? ["revoked", "Revoked"]
    : outage > 0
      ? ["outage", `Outage, ${duration(outage)} more`]
      : idleIn <= 0
        ? ["idle", "Idle"]
        : state.failing
          ? ["retrying", "Trying again"]
          : ["active", "Active"];
  element("badge").dataset.state = name;
  element("badge").textContent = label;
  const ended = state.revoked || left <= 0;
  const idle = idleIn <= 0;
  element("next").textContent = state.failing && !ended ? "Next try" : "Next refresh";
  element("due").textContent = idle ? "rests" : due > now ? `in ${duration(due - now)}` : "any moment";
  element("due-bar").value = idle ? 0 : Math.min(1, Math.max(0, (due - now) / interval));
  const fails = outage > Math.max(0, due - now) && !idle;
  element("then").textContent = ended ? "will be refused" : fails ? "will fail" : idle ? "until you are back" : "";
  element("hero").dataset.then = ended ? "refused" : fails ? "fails" : "";
  element("idle").textContent = idle ? "idle" : `idle in ${duration(idleIn)}`;
  element("idle-bar").value = Math.max(0, idleIn / idleAfter);
  element("left").textContent = state.revoked ? "revoked" : ended ? "expired" : `${countdown(left)} left`;
  element("left-bar").value = ended ? 0 : left / SECOND;
  element("user").textContent = session.sub;
  element("sid").textContent = session.sid;
  element("since").textContent = clock(session.auth_time * SECOND);
  element("end-head").textContent = left > 0 ? "Ends" : "Ended";
  element("end").textContent = state.revoked ? "next refresh" : clock(session.exp * SECOND);
  element("tab-name").textContent = `tab ${tab}`;
  for (const [index, button] of document.querySelectorAll(".outage").entries()) {
    button.hidden = outage > 0 && index > 0;
    button.textContent = outage > 0 ? "End the outage" : `Outage, ${duration(button.dataset.seconds * SECOND)}`;
  }
  drawCounts();
  drawTimeline(now, shown);
}
