// What a server answers, or a network in its place.
export const json = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

export const refreshed = async () => json(200, { refreshed: true });

export const refused = async () => json(401, { error: "unauthorized", detail: "Sign in again.", status_code: 401 });

/** Answers that the test gives when it likes, to the latest request: `await held.give(refreshed)`. */
export function hold(browser) {
  const waiting = [];
  browser.answer = () => new Promise((resolve) => waiting.push(resolve));
  return { give: async (answer, index = 0) => waiting.splice(index, 1)[0](await answer()) };
}

/** A success whose session ends at `ends`, in unix seconds, by a server whose clock shows `now` in ms. */
export const endingAt = (ends, now) => async () =>
  json(200, { refreshed: true }, { "Verifa-Session-Ends": String(ends), Date: new Date(now).toUTCString() });

export const unreachable = async () => {
  throw new TypeError("Failed to fetch");
};
