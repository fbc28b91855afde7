// News: what happens in one tab is noted in all of them.
import { element } from "./elements.js";
import { add } from "./events.js";
import { draw } from "./page.js";
import { state } from "./state.js";
import { meet, others } from "./tabs.js";

export function tell(event) {
  event = { tab: state.keeper?.tab, at: Date.now(), ...event };
  note(event);
  others.postMessage({ event });
}

export function note(event) {
  meet(event.tab);
  if (event.due) [state.failing, state.due] = [true, event.due];
  if (event.kind === "revoked") state.revoked = true;
  element("news").textContent = `${event.text}.`;
  add(event);
  draw();
}

// Calls `look` at what changes the session, for this tab to see it anew.
export function hearOtherTabs(look) {
  others.onmessage = ({ data }) => {
    if (data.input) state.lastInput = Math.max(state.lastInput, data.input);
    if (data.event) note(data.event);
    if (data.hello || data.here) meet(data.hello ?? data.here);
    if (data.hello && state.keeper) others.postMessage({ here: state.keeper.tab });
    if (data.look || (data.event && ["outage", "revoked"].includes(data.event.kind))) look();
    draw();
  };
}
