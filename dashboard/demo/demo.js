// The demo dashboard: shows what session-keeper does, in words and pictures. A real page needs keepSession alone.
import { keepSession } from "./session-keeper.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LIFETIME = 8 * 60 * MINUTE; // of a session's cookie
const PACES = {
  quick: { interval: 20 * SECOND, minGap: 4 * SECOND, idleAfter: 45 * SECOND, shown: 2 * MINUTE },
  real: { interval: 15 * MINUTE, minGap: MINUTE, idleAfter: 30 * MINUTE, shown: LIFETIME },
};
const REASONS = {
  start: "the page was loaded",
  timer: "the timer",
  activity: "input after a pause",
  focus: "the window gained focus",
  visible: "the tab was shown",
  route: "the route changed",
  manual: "the button",
};
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove"];
const LATEST = 5;
const MOST_EVENTS = 200;
const MOST_LANES = 6;

const element = (id) => document.getElementById(id);
const others = new BroadcastChannel("session demo");
const events = []; // the newest first
const tabs = []; // every tab heard of; its place in the list is its colour

let keeper;
let session; // what the service tells of it: the cookie cannot be seen from here
let outageUntil = 0;
let revoked = false;
let lastInput = Date.now(); // in any tab
let due = 0; // about when the timer refreshes, or the next try is
let failing = false;
let handsOff = false; // the page plays an idle user: input does not reach the keeper

// --- The service

async function ask(method, path) {
  const response = await fetch(`/demo/${path}`, { method, cache: "no-store" });
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  const answer = await response.json();
  outageUntil = Date.now() + answer.outage * SECOND;
  return answer;
}

// Looks at the session anew, in every tab that hears of a change.
async function look() {
  try {
    const answer = await ask("GET", "session");
    if (!answer.session) return;
    session = answer.session;
    if (!keeper) keep();
  } catch {
    // The service is away: what is known of the session stays.
  }
  draw();
}

// --- The keeper

function pace() {
  return PACES[localStorage.getItem("demo pace")] ? localStorage.getItem("demo pace") : "quick";
}

function keep() {
  leave();
  const { interval, minGap, idleAfter } = PACES[pace()];
  failing = revoked = false;
  keeper = keepSession({ interval, minGap, idleAfter, onRefresh, onError, onExpired });
  due = Date.now() + interval;
  meet(keeper.tab);
  others.postMessage({ hello: keeper.tab });
  route();
}

function leave() {
  keeper?.stop();
  keeper = undefined;
}

function onRefresh({ reason, tab, at }) {
  failing = false;
  due = at + PACES[pace()].interval;
  note({ kind: "refreshed", tab, at, reason, text: `Refreshed: ${REASONS[reason] ?? reason}` });
  look();
}

function onError({ status, reason, retryIn }) {
  const answer = status ? `the service answered ${status}` : "no answer";
  const text = `Not refreshed (${REASONS[reason] ?? reason}): ${answer}, next try in ${duration(retryIn)}`;
  tell({ kind: "failed", reason, text, due: Date.now() + retryIn });
}

function onExpired() {
  note({ kind: "expired", tab: keeper.tab, at: Date.now(), text: "Refused (401): the session is over" });
  leave();
  session = undefined;
  element("signed-out-title").textContent = "Your session is over";
  element("why").textContent = revoked
    ? "It was revoked. The next refresh was refused, and every tab signed out."
    : "The service refused to extend it, and every tab signed out.";
  route();
}

// --- News

function tell(event) {
  event = { tab: keeper?.tab, at: Date.now(), ...event };
  note(event);
  others.postMessage({ event });
}

function note(event) {
  meet(event.tab);
  if (event.due) [failing, due] = [true, event.due];
  if (event.kind === "revoked") revoked = true;
  events.unshift(event);
  events.length = Math.min(events.length, MOST_EVENTS);
  element("news").textContent = `${event.text}.`;
  for (const [list, most] of [["latest", LATEST], ["events", MOST_EVENTS]]) {
    element(list).prepend(row(event));
    while (element(list).children.length > most) element(list).lastChild.remove();
  }
  draw();
}

function meet(tab) {
  if (tab && !tabs.includes(tab)) tabs.push(tab);
}

others.onmessage = ({ data }) => {
  if (data.input) lastInput = Math.max(lastInput, data.input);
  if (data.event) note(data.event);
  if (data.hello || data.here) meet(data.hello ?? data.here);
  if (data.hello && keeper) others.postMessage({ here: keeper.tab });
  if (data.look || (data.event && ["outage", "revoked"].includes(data.event.kind))) look();
  draw();
};

// --- Input: heard before the keeper hears it, and kept from it while the page plays an idle user.

function sift(event) {
  const comesBack = event.type === "pointerdown" || event.key === "Enter" || event.key === " ";
  if (handsOff && !(comesBack && event.target.closest("#go-idle"))) return event.stopImmediatePropagation();
  if (event.type === "visibilitychange" && document.visibilityState !== "visible") return;
  const now = Date.now();
  if (now - lastInput > SECOND) others.postMessage({ input: now });
  lastInput = now;
}
for (const type of [...INPUT, "focus", "visibilitychange"])
  window.addEventListener(type, sift, { capture: true, passive: true });

function playIdle(on) {
  handsOff = on;
  element("go-idle").textContent = on ? "Come back" : "Go idle";
  element("advice").textContent = on
    ? `Your input no longer counts. In ${duration(PACES[pace()].idleAfter)} you are idle, and the session is left to end.`
    : "You are back: the next input refreshes the session if that is due.";
  tell({ kind: "idle", text: on ? "Hands off: input no longer counts" : "Back at work" });
}

// --- Words

function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / SECOND));
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return first < 0 ? "0 s" : parts.slice(first).filter(([count], at) => count || !at).map((part) => part.join(" ")).join(" ");
}

function countdown(ms) {
  const seconds = Math.max(0, Math.round(ms / SECOND));
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const clock = (at) => new Date(at).toLocaleTimeString("en-GB");
const called = (tab) => (!tab ? "" : tab === keeper?.tab ? "this tab" : `tab ${tab}`);
const colour = (tab) => `tab-${Math.max(0, tabs.indexOf(tab)) % MOST_LANES}`;

function row({ kind, reason = "", tab, at, text }) {
  const item = document.createElement("li");
  Object.assign(item.dataset, { kind, reason, tab: tab ?? "" });
  for (const [name, type, words] of [["", "time", clock(at)], ["what", "span", text], [`who ${colour(tab)}`, "span", called(tab)]]) {
    const part = item.appendChild(document.createElement(type));
    part.className = name;
    part.textContent = words;
  }
  return item;
}

// --- Pictures

function draw() {
  if (!session || !keeper) return;
  const now = Date.now();
  const { interval, idleAfter, shown } = PACES[pace()];
  const left = session.exp * SECOND - now;
  const idleIn = lastInput + idleAfter - now;
  const outage = outageUntil - now;
  const [state, label] = revoked
    ? ["revoked", "Revoked"]
    : outage > 0
      ? ["outage", `Outage, ${duration(outage)} more`]
      : idleIn <= 0
        ? ["idle", "Idle"]
        : failing
          ? ["retrying", "Trying again"]
          : ["active", "Active"];
  element("badge").dataset.state = state;
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
  count();
  drawTimeline(now, shown);
}

function count() {
  const counts = new Map();
  for (const { kind, reason } of events)
    if (kind === "refreshed") counts.set(reason, (counts.get(reason) ?? 0) + 1);
  element("counts").replaceChildren(
    ...[...counts].map(([reason, number]) => {
      const group = document.createElement("div");
      group.appendChild(document.createElement("dt")).textContent = REASONS[reason] ?? reason;
      group.appendChild(document.createElement("dd")).textContent = String(number);
      return group;
    }),
  );
}

function drawTimeline(now, shown) {
  const LANE = 34;
  const LABEL = 96;
  const svg = element("timeline");
  const width = Math.max(260, svg.clientWidth);
  const recent = events.filter(({ kind, at }) => (kind === "refreshed" || kind === "failed") && now - at <= shown);
  const lanes = tabs.filter((tab) => tab === keeper.tab || recent.some((event) => event.tab === tab)).slice(-MOST_LANES);
  const height = lanes.length * LANE + 22;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  const shape = (name, attributes, words) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words) made.append(words);
    return made;
  };
  const x = (at) => LABEL + 10 + (width - LABEL - 20) * (1 - (now - at) / shown);
  const shapes = lanes.flatMap((tab, index) => {
    const y = index * LANE + LANE / 2;
    return [
      shape("text", { x: 0, y: y + 4, class: tab === keeper.tab ? "mine" : "" }, called(tab)),
      shape("line", { x1: LABEL, x2: width - 4, y1: y, y2: y, class: "lane" }),
      ...recent
        .filter((event) => event.tab === tab)
        .map(({ kind, at }) =>
          kind === "refreshed"
            ? shape("circle", { cx: x(at), cy: y, r: 8, class: colour(tab) })
            : shape("path", { d: `M${x(at)} ${y - 8}l8 8-8 8-8-8z`, class: "failed" }),
        ),
    ];
  });
  shapes.push(
    shape("text", { x: LABEL, y: height - 4 }, `${duration(shown)} ago`),
    shape("text", { x: width - 4, y: height - 4, "text-anchor": "end" }, "now"),
  );
  svg.replaceChildren(...shapes);
  const by = (tab) => recent.filter((event) => event.kind === "refreshed" && event.tab === tab).length;
  const words = lanes.map((tab) => `${by(tab)} by ${called(tab)}`).join(", ");
  svg.setAttribute("aria-label", `Refreshes of the last ${duration(shown)}: ${words}`);
}

// --- Routes

function route(moved = false) {
  const activity = location.pathname === "/demo/activity";
  const shown = !keeper ? "signed-out" : activity ? "activity" : "overview";
  for (const view of ["signed-out", "overview", "activity"]) element(view).hidden = view !== shown;
  for (const part of ["nav", "tab"]) element(part).hidden = !keeper;
  for (const link of document.querySelectorAll("nav a"))
    link.setAttribute("aria-current", (link.pathname === "/demo/activity") === activity ? "page" : "false");
  const title = element(shown).querySelector("h1");
  document.title = `${title.textContent} · Session demo`;
  if (moved || !keeper) title.focus();
  draw();
}

// --- What the user does

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-route]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.pathname !== location.pathname) history.pushState(null, "", link.pathname);
  route(true);
});
window.addEventListener("popstate", () => route(true));

element("sign-in").addEventListener("click", async () => {
  ({ session } = await ask("POST", "sign-in"));
  keep();
  route(true);
  others.postMessage({ look: true });
});
element("refresh").addEventListener("click", async () => {
  const before = events[0];
  await keeper.refresh();
  if (events[0] === before && keeper) element("news").textContent = "Not yet: the latest attempt is too recent.";
});
element("go-idle").addEventListener("click", () => playIdle(!handsOff));
element("revoke").addEventListener("click", async () => {
  await ask("POST", "revoke");
  tell({ kind: "revoked", text: "Revoked, as an administrator would: the next refresh will be refused" });
});
for (const button of document.querySelectorAll(".outage"))
  button.addEventListener("click", async () => {
    const seconds = outageUntil > Date.now() ? 0 : button.dataset.seconds;
    await ask("POST", `outage?seconds=${seconds}`);
    tell({ kind: "outage", text: seconds ? `Outage begins: refreshes get 503 for ${duration(seconds * SECOND)}` : "The outage is over" });
  });

for (const radio of document.querySelectorAll("input[name=pace]")) {
  radio.checked = radio.value === pace();
  radio.addEventListener("change", () => {
    localStorage.setItem("demo pace", radio.value);
    keep();
  });
}
window.addEventListener("storage", ({ key }) => {
  if (key !== "demo pace") return;
  for (const radio of document.querySelectorAll("input[name=pace]")) radio.checked = radio.value === pace();
  if (keeper) keep();
});

setInterval(draw, SECOND);
await look();
if (!keeper) route();
