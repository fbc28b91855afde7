// What has happened since the page was loaded: kept, listed in rows, and counted by reason.
import { element } from "./elements.js";
import { called, colour } from "./tabs.js";
import { clock } from "./times.js";

const REASONS = {
  start: "the page was loaded",
  timer: "the timer",
  activity: "input after a pause",
  focus: "the window gained focus",
  visible: "the tab was shown",
  route: "the route changed",
  manual: "the button",
  resume: "a sign-in",
  restored: "the page came back",
  check: "news of another tab",
};
const LATEST = 5;
const MOST_EVENTS = 200;

export const events = []; // the newest first

const capital = (words) => words[0].toUpperCase() + words.slice(1);

export const because = (reason) => REASONS[reason] ?? reason;

export function add(event) {
  events.unshift(event);
  events.length = Math.min(events.length, MOST_EVENTS);
  for (const [list, most] of [["latest", LATEST], ["events", MOST_EVENTS]]) {
    element(list).prepend(row(event));
    while (element(list).children.length > most) element(list).lastChild.remove();
  }
}

function row({ kind, reason = "", tab, at, text }) {
  const item = document.createElement("li");
  Object.assign(item.dataset, { kind, reason, tab: tab ?? "" });
  for (const [name, type, words] of [
    ["", "time", clock(at)],
    ["what", "span", text],
    [`who ${colour(tab)}`, "span", called(tab)],
  ]) {
    const part = item.appendChild(document.createElement(type));
    part.className = name;
    part.textContent = words;
  }
  return item;
}

export function drawCounts() {
  const counts = new Map();
  for (const reason of Object.keys(REASONS)) counts.set(reason, 0); // so that the heads keep their order
  for (const { kind, reason } of events)
    if (kind === "refreshed") counts.set(reason, (counts.get(reason) ?? 0) + 1);
  element("counts").replaceChildren(
    ...[...counts].filter(([, number]) => number).map(([reason, number]) => {
      const group = document.createElement("div");
      group.appendChild(document.createElement("dt")).textContent = capital(because(reason));
      group.appendChild(document.createElement("dd")).textContent = String(number);
      return group;
    }),
  );
}
