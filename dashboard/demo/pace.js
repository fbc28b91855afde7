// How fast the demo goes: the user's choice, the same in every tab.
import { MINUTE, SECOND } from "./times.js";

const LIFETIME = 8 * 60 * MINUTE; // of a session's cookie
const PACES = {
  quick: {
    interval: 20 * SECOND,
    minGap: 4 * SECOND,
    idleAfter: 45 * SECOND,
    endingBefore: 40 * SECOND,
    shown: 2 * MINUTE,
  },
  real: {
    interval: 15 * MINUTE,
    minGap: MINUTE,
    idleAfter: 30 * MINUTE,
    endingBefore: 5 * MINUTE,
    shown: LIFETIME,
  },
};
const KEY = "demo pace";

const chosen = () => (PACES[localStorage.getItem(KEY)] ? localStorage.getItem(KEY) : "quick");

export const pace = () => PACES[chosen()];

// Shows which pace is chosen. Calls `changed` when another one is, here or in another tab.
export function offerPaces(changed) {
  const radios = document.querySelectorAll("input[name=pace]");
  const show = () => {
    for (const radio of radios) radio.checked = radio.value === chosen();
  };
  show();
  for (const radio of radios)
    radio.addEventListener("change", () => {
      localStorage.setItem(KEY, radio.value);
      changed();
    });
  window.addEventListener("storage", ({ key }) => {
    if (key !== KEY) return;
    show();
    changed();
  });
}
