// The tabs of the session: the channel between them, what each is called, and its colour.
import { state } from "./state.js";

export const MOST_LANES = 6; // of the timeline, and as many colours
export const CLOSED = "closed tabs"; // the lane of them all

export const others = new BroadcastChannel("session demo");
export const tabs = []; // every tab heard of; its place in the list is its colour
const closed = new Set();
const names = new Map(); // of tabs, by their keepers: a tab whose keeper is a new one is still the same tab

export const nameOf = (keeper) => names.get(keeper) ?? keeper;
export const isOpen = (tab) => !closed.has(tab);

// Returns whether `tab` is new here. `keeper` is what its keeper calls it.
export function meet(tab, keeper = tab) {
  if (!tab) return false;
  names.set(keeper, tab);
  const known = tabs.includes(tab);
  if (!known) tabs.push(tab);
  return !known;
}

// Like `meet`, but for a tab that says that it is there.
export function welcome(tab, keeper) {
  const wasClosed = closed.delete(tab);
  return meet(tab, keeper) || wasClosed;
}

// Returns whether `tab` was open until now.
export function part(tab) {
  const known = tabs.includes(tab) && isOpen(tab);
  if (known) closed.add(tab);
  return known;
}

export const called = (tab) => (!tab ? "" : tab === CLOSED ? tab : tab === state.tab ? "this tab" : `tab ${tab}`);
export const colour = (tab) => (tab === CLOSED ? "tab-closed" : `tab-${Math.max(0, tabs.indexOf(tab)) % MOST_LANES}`);
