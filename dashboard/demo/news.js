// News: what happens in one tab is noted in all of them.
import { element } from "./elements.js";
import { add } from "./events.js";
import { draw } from "./page.js";
import { state } from "./state.js";
import { others, part, welcome } from "./tabs.js";

export function tell(event) {
  event = { tab: state.tab, at: Date.now(), ...event };
  note(event);
  others.postMessage({ event });
}

export function note(event) {
  if (event.due) [state.failing, state.due, state.possible] = [true, event.due, event.due];
  if (event.kind === "revoked") state.revoked = true;
  say(`${event.text}.`, event.kind);
  add(event);
  draw();
}

// Writes to the news line of the view that is shown. What fails on the sign-in view is all that there is to say there.
export function say(words, kind = "") {
  const failed = kind === "failed";
  const line = element(!state.keeper ? "sign-in-news" : state.over && failed ? "ending-news" : "news");
  if (!state.keeper && !failed) return;
  line.dataset.kind = kind;
  line.textContent = words;
}

// Has every tab know that this one is there.
export function join() {
  const { tab, keeper } = state;
  if (welcome(tab, keeper.tab)) note({ kind: "joined", tab, at: Date.now(), text: "A tab joined the session" });
  others.postMessage({ hello: tab, keeper: keeper.tab });
}

// Calls `look` at what changes the session, for this tab to see it anew.
export function hearOtherTabs(look) {
  others.onmessage = ({ data }) => {
    const { input, event, hello, here, gone, keeper } = data;
    if (input) state.lastInput = Math.max(state.lastInput, input);
    if (event) note(event);
    if (hello && welcome(hello, keeper))
      note({ kind: "joined", tab: hello, at: Date.now(), text: "A tab joined the session" });
    if (hello && state.keeper) others.postMessage({ here: state.tab, keeper: state.keeper.tab });
    if (here) welcome(here, keeper);
    if (gone && part(gone)) note({ kind: "closed", tab: gone, at: Date.now(), text: "A tab was closed" });
    if (data.look || (event && ["outage", "revoked"].includes(event.kind))) look();
    draw();
  };
  window.addEventListener("pagehide", () => state.tab && others.postMessage({ gone: state.tab }));
  // The browser may keep a page that is left, and show it again as it was.
  window.addEventListener("pageshow", ({ persisted }) => persisted && state.keeper && join());
}
