// What the page's buttons do, and what they say when that fails.
import { element } from "./elements.js";
import { events } from "./events.js";
import { goIdleOrComeBack } from "./input.js";
import { begin, leave } from "./keeping.js";
import { say, tell } from "./news.js";
import { route } from "./routes.js";
import { endIn, reasonOf, revoke, setOutage, signIn, signOut, stealCookie } from "./service.js";
import { state } from "./state.js";
import { others } from "./tabs.js";
import { SECOND, clock, duration } from "./times.js";

// Runs `work` when one of `buttons` is clicked; none of them does anything more until it is done. They are not
// `disabled`, since the browser would take the focus from them. `failure` says what has not happened.
function on(buttons, failure, work) {
  let busy = false;
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-disabled", busy);
  };
  for (const button of buttons)
    button.addEventListener("click", async (event) => {
      const again = event.detail > 1; // of a double click: some buttons have become their opposite by then
      if (busy || again) return;
      busy = true;
      show();
      try {
        await work(button);
      } catch (error) {
        say(`${failure()}: ${reasonOf(error)}. Try again.`, "failed");
      } finally {
        busy = false;
        show();
      }
    });
}

const latestAttempt = () => events.find(({ kind }) => kind === "refreshed" || kind === "failed");
const inOutage = () => state.outageUntil > Date.now();

async function refreshNow() {
  if (state.over) return say("Your session is over: sign in, and go on.");
  const before = latestAttempt();
  await state.keeper.refresh();
  if (latestAttempt() !== before || !state.keeper) return;
  const wait = Math.max(SECOND, state.possible - Date.now());
  const when = `in ${duration(wait)}, at ${clock(Date.now() + wait)}`;
  say(`Not yet: the latest attempt is too recent. Possible ${when}.`);
}

async function revokeOnce() {
  if (state.revoked) return say("Already revoked: the next refresh will be refused.");
  await revoke();
  tell({ kind: "revoked", text: "Revoked, as an administrator would: the next refresh will be refused" });
}

async function beginOrEndOutage(button) {
  const seconds = inOutage() ? 0 : button.dataset.seconds;
  await setOutage(seconds);
  const begins = `Outage begins: refreshes get 503 for ${duration(seconds * SECOND)}`;
  tell({ kind: "outage", text: seconds ? begins : "The outage is over" });
}

const STOLEN = {
  200: "A thief with a copy of the cookie got a new one: the session is not bound to this device",
  401: "A thief with a copy of the cookie was refused (401): the session is bound to this device",
};

async function playTheThief() {
  const status = await stealCookie();
  tell({ kind: "thief", text: STOLEN[status] ?? `A thief with a copy of the cookie got ${status}` });
}

async function beginInAllTabs() {
  begin(await signIn());
  others.postMessage({ look: true });
}

export function wireButtons() {
  on([element("sign-in")], () => "Not signed in", async () => {
    await beginInAllTabs();
    route(true);
  });
  on([element("sign-in-again")], () => "Not signed in", async () => {
    await beginInAllTabs();
    await state.keeper.resume();
  });
  on([element("sign-out")], () => "Not signed out", async () => {
    await state.keeper.signOut(signOut);
    leave();
  });
  on([element("end-soon")], () => "The session goes on", async () => {
    state.session = await endIn(60);
    tell({ kind: "idle", text: "Aged: the session reaches its maximum age in 1 min" });
    await state.keeper.resume(); // to hear of the new end, whatever the gap
  });
  on([element("refresh")], () => "Not refreshed", refreshNow);
  on([element("go-idle")], () => "Nothing changed", goIdleOrComeBack);
  on([element("revoke")], () => "Not revoked", revokeOnce);
  on([element("thief")], () => "Nothing was stolen", playTheThief);
  const outages = [...document.querySelectorAll(".outage")];
  on(outages, () => (inOutage() ? "The outage goes on" : "No outage"), beginOrEndOutage);
}
