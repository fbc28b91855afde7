// The tabs of the session: the channel between them, what each is called, and its colour.
import { state } from "./state.js";

export const MOST_LANES = 6; // of the timeline, and as many colours

export const others = new BroadcastChannel("session demo");
export const tabs = []; // every tab heard of; its place in the list is its colour

export function meet(tab) {
  if (tab && !tabs.includes(tab)) tabs.push(tab);
}

export const called = (tab) => (!tab ? "" : tab === state.keeper?.tab ? "this tab" : `tab ${tab}`);
export const colour = (tab) => `tab-${Math.max(0, tabs.indexOf(tab)) % MOST_LANES}`;
