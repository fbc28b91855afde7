// What the page's buttons do.
import { element } from "./elements.js";
import { events } from "./events.js";
import { goIdleOrComeBack } from "./input.js";
import { keep } from "./keeping.js";
import { tell } from "./news.js";
import { route } from "./routes.js";
import { revoke, setOutage, signIn } from "./service.js";
import { state } from "./state.js";
import { others } from "./tabs.js";
import { SECOND, duration } from "./times.js";

export function wireButtons() {
  element("sign-in").addEventListener("click", async () => {
    state.session = await signIn();
    keep();
    route(true);
    others.postMessage({ look: true });
  });
  element("refresh").addEventListener("click", async () => {
    const before = events[0];
    await state.keeper.refresh();
    if (events[0] === before && state.keeper)
      element("news").textContent = "Not yet: the latest attempt is too recent.";
  });
  element("go-idle").addEventListener("click", goIdleOrComeBack);
  element("revoke").addEventListener("click", async () => {
    await revoke();
    tell({ kind: "revoked", text: "Revoked, as an administrator would: the next refresh will be refused" });
  });
  for (const button of document.querySelectorAll(".outage"))
    button.addEventListener("click", async () => {
      const seconds = state.outageUntil > Date.now() ? 0 : button.dataset.seconds;
      await setOutage(seconds);
      const begins = `Outage begins: refreshes get 503 for ${duration(seconds * SECOND)}`;
      tell({ kind: "outage", text: seconds ? begins : "The outage is over" });
    });
}
