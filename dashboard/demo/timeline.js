// Draws who refreshed when: a lane for each tab, a mark for each refresh and each failure.
import { element, shape } from "./elements.js";
import { events } from "./events.js";
import { state } from "./state.js";
import { MOST_LANES, called, colour, tabs } from "./tabs.js";
import { duration } from "./times.js";

const LANE = 34;
const LABEL = 96;

export function drawTimeline(now, shown) {
  const mine = state.keeper.tab;
  const svg = element("timeline");
  const width = Math.max(260, svg.clientWidth);
  const recent = events.filter(({ kind, at }) => (kind === "refreshed" || kind === "failed") && now - at <= shown);
  const lanes = tabs.filter((tab) => tab === mine || recent.some((event) => event.tab === tab)).slice(-MOST_LANES);
  const height = lanes.length * LANE + 22;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  const x = (at) => LABEL + 10 + (width - LABEL - 20) * (1 - (now - at) / shown);
  const shapes = lanes.flatMap((tab, index) => {
    const y = index * LANE + LANE / 2;
    return [
      shape("text", { x: 0, y: y + 4, class: tab === mine ? "mine" : "" }, called(tab)),
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
