// The banner that tells that the session ends soon, or is over. The page below it stays as it is, with all work in it.
import { element } from "./elements.js";
import { state } from "./state.js";
import { SECOND, clock } from "./times.js";

// When the session ends, unless it is refreshed until then, and refreshed again.
export const endOf = ({ exp, ends }) => Math.min(exp, ends) * SECOND;

export function drawEnding() {
  const { ending, over, revoked, session } = state;
  const shown = Boolean(session && (ending || over));
  if (element("ending").hidden === shown) element("ending-news").textContent = "";
  element("ending").hidden = !shown;
  if (!shown) return;
  element("ending").dataset.over = over;
  const why = revoked ? "It was revoked." : "The service refused to extend it.";
  write("ending-title", over ? "Your session is over" : "Your session ends soon");
  write(
    "ending-text",
    over
      ? `${why} Your work is still here: sign in, and go on.`
      : `It ends at ${clock(endOf(session))}, whatever you do. A new sign-in takes its place.`,
  );
}

// Screen readers read the banner out whenever it changes: hence no countdown, and nothing is written twice.
function write(id, words) {
  if (element(id).textContent !== words) element(id).textContent = words;
}
