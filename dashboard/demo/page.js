// Draws the page: how the session is, how long each thing has left, and what has happened.
import { element } from "./elements.js";
import { drawCounts } from "./events.js";
import { pace } from "./pace.js";
import { state } from "./state.js";
import { drawTimeline } from "./timeline.js";
import { SECOND, clock, countdown, duration } from "./times.js";

export function draw() {
  const { keeper, session, due } = state;
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
  element("left").textContent = countdown(left);
  element("left-bar").value = Math.max(0, left / SECOND);
  element("due").textContent = idleIn <= 0 ? "rests" : due > now ? `in ${duration(due - now)}` : "now";
  element("due-bar").value = idleIn <= 0 ? 0 : Math.min(1, Math.max(0, (due - now) / interval));
  element("idle").textContent = idleIn <= 0 ? "idle" : `idle in ${duration(idleIn)}`;
  element("idle-bar").value = Math.max(0, idleIn / idleAfter);
  element("user").textContent = session.sub;
  element("sid").textContent = session.sid;
  element("since").textContent = clock(session.auth_time * SECOND);
  element("end").textContent = clock(session.exp * SECOND);
  element("tab").textContent = `This is tab ${keeper.tab}`;
  for (const [index, button] of document.querySelectorAll(".outage").entries()) {
    button.hidden = outage > 0 && index > 0;
    button.textContent = outage > 0 ? "End the outage" : `Outage, ${duration(button.dataset.seconds * SECOND)}`;
  }
  drawCounts();
  drawTimeline(now, shown);
}
