// What a server answers, or a network in its place.
export const json = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

export const refreshed = async () => json(200, { refreshed: true });

export const refused = async () => json(401, { error: "unauthorized", detail: "Sign in again.", status_code: 401 });

export const unreachable = async () => {
  throw new TypeError("Failed to fetch");
};
