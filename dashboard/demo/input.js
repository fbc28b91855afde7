// Input: heard before the keeper hears it, and kept from it while the page plays an idle user.
import { element } from "./elements.js";
import { tell } from "./news.js";
import { pace } from "./pace.js";
import { state } from "./state.js";
import { others } from "./tabs.js";
import { SECOND, duration } from "./times.js";

const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove"];

let handsOff = false; // the page plays an idle user: input does not reach the keeper

export function siftInput() {
  for (const type of [...INPUT, "focus", "visibilitychange"])
    window.addEventListener(type, sift, { capture: true, passive: true });
}

function sift(event) {
  const comesBack = event.type === "pointerdown" || event.key === "Enter" || event.key === " ";
  if (handsOff && !(comesBack && event.target.closest("#go-idle"))) return event.stopImmediatePropagation();
  if (event.type === "visibilitychange" && document.visibilityState !== "visible") return;
  const now = Date.now();
  if (now - state.lastInput > SECOND) others.postMessage({ input: now });
  state.lastInput = now;
}

export function goIdleOrComeBack() {
  handsOff = !handsOff;
  element("go-idle").textContent = handsOff ? "Come back" : "Go idle";
  element("advice").textContent = handsOff
    ? `Your input no longer counts. In ${duration(pace().idleAfter)} you are idle, and the session is left to end.`
    : "You are back: the next input refreshes the session if that is due.";
  tell({ kind: "idle", text: handsOff ? "Hands off: input no longer counts" : "Back at work" });
}
