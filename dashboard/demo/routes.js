// The page's routes: which view is shown, and how the user gets from one to the other.
import { element } from "./elements.js";
import { draw } from "./page.js";
import { state } from "./state.js";

const ACTIVITY = "/demo/activity";

export function route(moved = false) {
  const { keeper } = state;
  const activity = location.pathname === ACTIVITY;
  const shown = !keeper ? "signed-out" : activity ? "activity" : "overview";
  for (const view of ["signed-out", "overview", "activity"]) element(view).hidden = view !== shown;
  for (const part of ["nav", "tab"]) element(part).hidden = !keeper;
  for (const link of document.querySelectorAll("nav a"))
    link.setAttribute("aria-current", (link.pathname === ACTIVITY) === activity ? "page" : "false");
  const title = element(shown).querySelector("h1");
  document.title = `${title.textContent} · Session demo`;
  if (moved || !keeper) title.focus();
  draw();
}

export function followRoutes() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-route]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.pathname !== location.pathname) history.pushState(null, "", link.pathname);
    route(true);
  });
  window.addEventListener("popstate", () => route(true));
}
