"use strict";

// The document lists the public servers; from here, the one that serves this page is called, and no other may be (CSP).
const here = new URL(".", location.href).href.replace(/\/$/, "");

// Swagger UI has a dark theme, which it switches on with a button of its own top bar only.
function followColorScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}

// The token in what was pasted: itself, a cookie, a header or a whole curl, with blanks and quotes around it.
function tokenIn(pasted, name) {
  const [before, after] = pasted.split(new RegExp(`${name}\\s*=`), 2);
  const [token] = (after ?? before).replace(/^[\s"']+/, "").split(/[;"']/, 1);
  return token.replace(/\s+/g, "");
}

async function signOut() {
  const response = await fetch("docs/sign-out", { method: "POST" });
  if (!response.ok) throw new Error(`The browser's session could not be removed: status ${response.status}.`);
}

// Pages cannot send a Cookie header: the pasted token becomes the browser's cookie instead. Scripts cannot write over
// the HttpOnly cookie of an earlier response, and two sessions at once are a 401: the service deletes that one first.
// It does so before every call, so that what is sent is always what was pasted and what the curl shows.
async function withCookie(request) {
  for (const name of Object.keys(request.headers).filter((name) => name.toLowerCase() === "cookie")) {
    const cookie = request.headers[name];
    delete request.headers[name];
    await signOut();
    document.cookie = `${cookie}; Path=/; Secure; SameSite=Lax`;
    if (!document.cookie.split("; ").includes(cookie)) {
      throw new Error(
        "The browser did not keep the token as a cookie. " +
          "It needs HTTPS or 127.0.0.1, and a token of at most 4,084 bytes.",
      );
    }
  }
  return request;
}

function isCookie(schema) {
  return schema?.get("in") === "cookie";
}

// `authorize` cleans what was pasted; `logout` also takes effect in the browser.
const authorization = {
  authorize: (original) => (pasted) => {
    const cleaned = Object.entries(pasted).map(([id, { value, ...auth }]) => {
      const clean = isCookie(auth.schema) ? tokenIn(value ?? "", auth.schema.get("name")) : value;
      return [id, { ...auth, value: clean }];
    });
    return original(Object.fromEntries(cleaned));
  },
  logout: (original, system) => (ids) => {
    const id = ids.find((id) => isCookie(system.authSelectors.authorized().getIn([id, "schema"])));
    if (id !== undefined) {
      signOut().catch(({ message }) =>
        system.errActions.newAuthErr({ authId: id, level: "error", source: "auth", message }),
      );
    }
    return original(ids);
  },
};

// The curl of a call without a pasted token would get a 401: a page cannot read the browser's cookie.
const Curl = (Original, { React }) => (props) => {
  const names = props.request.get("headers").keySeq().map((name) => name.toLowerCase());
  if (names.includes("cookie")) return React.createElement(Original, props);
  const text =
    "To get this call as a command, paste a token under Authorize and press Execute again. " +
    "This one was sent with the cookie that the browser has, if any.";
  return React.createElement("div", { className: "curl-command" }, [
    React.createElement("h4", { key: "title" }, "Curl"),
    React.createElement("p", { key: "text", className: "no-curl" }, text),
  ]);
};

async function show() {
  const contract = await (await fetch("openapi.json")).json();
  contract.info.title = "The contract"; // the page has its name already
  contract.servers = [{ url: here, description: "The service that serves this page." }];
  SwaggerUIBundle({
    spec: contract,
    dom_id: "#contract",
    docExpansion: "full",
    tryItOutEnabled: true,
    requestInterceptor: withCookie,
    showMutatedRequest: false, // the curl has the Cookie header, which the interceptor takes out
    syntaxHighlight: { theme: "tomorrow-night" },
    plugins: [{ statePlugins: { auth: { wrapActions: authorization } }, wrapComponents: { curl: Curl } }],
    validatorUrl: null,
  });
}

followColorScheme();
show();
