// Talks to the service: the session, and the demo's actions on it.
import { state } from "./state.js";
import { SECOND } from "./times.js";

const PATIENCE = 15 * SECOND; // longer than a revocation may take to be in force

async function ask(method, path) {
  const response = await fetch(`/demo/${path}`, { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw Object.assign(new Error(path), { status: response.status });
  const answer = await response.json();
  state.outageUntil = Date.now() + answer.outage * SECOND;
  return answer;
}

export const readSession = async () => (await ask("GET", "session")).session;
export const signIn = async () => (await ask("POST", "sign-in")).session;
export const signOut = () => ask("POST", "sign-out");
export const endIn = async (seconds) => (await ask("POST", `end?seconds=${seconds}`)).session;
export const revoke = () => ask("POST", "revoke");
export const stealCookie = async () => (await ask("POST", "thief")).thief;
export const setOutage = (seconds) => ask("POST", `outage?seconds=${seconds}`);

// Why a call failed, in words.
export function reasonOf({ name, status }) {
  if (status) return `the service answered ${status}`;
  return name === "SyntaxError" ? "an unreadable answer" : "no answer";
}
