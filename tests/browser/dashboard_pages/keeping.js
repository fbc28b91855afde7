// Keeps the session with the options of the page's query, and notes what the keeper tells.
import { keepSession } from "/session-keeper.js";

const CALLBACKS = ["onRefresh", "onError", "onEnding", "onExpired", "onSignedOut", "onResumed"];
const note = (name) => (value) => window.told.push([name, value?.reason ?? value?.at, value?.status]);
const options = JSON.parse(new URLSearchParams(location.search).get("options") ?? "{}");
window.keeper = keepSession({
  minGap: 500,
  jitter: 0,
  ...options,
  ...Object.fromEntries(CALLBACKS.map((name) => [name, note(name)])),
});
