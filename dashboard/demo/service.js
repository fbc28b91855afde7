// Talks to the service: the session, and the demo's actions on it.
import { state } from "./state.js";
import { SECOND } from "./times.js";

async function ask(method, path) {
  const response = await fetch(`/demo/${path}`, { method, cache: "no-store" });
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  const answer = await response.json();
  state.outageUntil = Date.now() + answer.outage * SECOND;
  return answer;
}

export const readSession = async () => (await ask("GET", "session")).session;
export const signIn = async () => (await ask("POST", "sign-in")).session;
export const revoke = () => ask("POST", "revoke");
export const setOutage = (seconds) => ask("POST", `outage?seconds=${seconds}`);
