// Draws who refreshed when: a lane for each tab, marks for its refreshes and failures.
import { element, shape } from "./elements.js";
import { events } from "./events.js";
import { state } from "./state.js";
import { CLOSED, MOST_LANES, called, colour, isOpen, tabs } from "./tabs.js";
import { duration } from "./times.js";

const LANE = 34;
const LABEL = 96;
const RADIUS = 8;
const APART = 2; // between two marks
const DIGIT = 7; // the width of one

export function drawTimeline(now, shown) {
  const svg = element("timeline");
  const width = Math.max(260, svg.clientWidth);
  const recent = events.filter(({ kind, at }) => (kind === "refreshed" || kind === "failed") && now - at <= shown);
  const laneOf = (tab) => (isOpen(tab) ? tab : CLOSED);
  const lanes = [state.tab, ...tabs.filter((tab) => tab !== state.tab && isOpen(tab)).slice(1 - MOST_LANES)];
  if (recent.some(({ tab }) => !isOpen(tab))) lanes.push(CLOSED);
  const height = lanes.length * LANE + 22;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  const x = (at) => LABEL + 10 + (width - LABEL - 20) * (1 - (now - at) / shown);
  const shapes = lanes.flatMap((tab, index) => {
    const y = index * LANE + LANE / 2;
    const its = recent.filter((event) => laneOf(event.tab) === tab);
    return [
      shape("text", { x: 0, y: y + 4, class: tab === state.tab ? "name mine" : "name" }, called(tab)),
      shape("line", { x1: LABEL, x2: width - 4, y1: y, y2: y, class: "lane" }),
      ...place(its, x).flatMap((mark) => drawMark(mark, y, colour(tab))),
    ];
  });
  shapes.push(
    shape("text", { x: LABEL, y: height - 4 }, `${duration(shown)} ago`),
    shape("text", { x: width - 4, y: height - 4, "text-anchor": "end" }, "now"),
  );
  svg.replaceChildren(...shapes);
  const by = (tab) => recent.filter((event) => event.kind === "refreshed" && laneOf(event.tab) === tab).length;
  const words = lanes.map((tab) => `${by(tab)} by ${called(tab)}`).join(", ");
  svg.setAttribute("aria-label", `Refreshes of the last ${duration(shown)}: ${words}`);
}

// The marks of a lane's events. Where marks of one kind would overlap, a single wider mark replaces them and shows their
// number. A mark of another kind moves aside.
function place(its, x) {
  const marks = [];
  for (const { kind, at } of its.sort((a, b) => b.at - a.at)) {
    const last = marks.at(-1);
    const overlaps = last && x(at) + RADIUS > last.left - APART;
    if (overlaps && last.kind === kind) {
      last.count += 1;
      const narrowest = last.right - 2 * RADIUS - DIGIT * (String(last.count).length - 1);
      last.left = Math.min(last.left, x(at) - RADIUS, narrowest);
      continue;
    }
    const right = overlaps ? last.left - APART : x(at) + RADIUS;
    marks.push({ kind, count: 1, left: right - 2 * RADIUS, right });
  }
  return marks.filter(({ left }) => left >= LABEL - RADIUS);
}

function drawMark({ kind, count, left, right }, y, tab) {
  const failed = kind === "failed";
  const data = { "data-kind": kind, "data-count": count };
  const middle = (left + right) / 2;
  if (failed && count === 1)
    return [shape("path", { d: `M${middle} ${y - RADIUS}l8 8-8 8-8-8z`, class: "mark failed", ...data })];
  const box = { x: left, y: y - RADIUS, width: right - left, height: 2 * RADIUS, rx: failed ? 2 : RADIUS };
  const pill = shape("rect", { ...box, class: `mark ${failed ? "failed" : tab}`, ...data });
  if (count === 1) return [pill];
  return [pill, shape("text", { x: middle, y: y + 4, class: "count", "text-anchor": "middle" }, String(count))];
}
