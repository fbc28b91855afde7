"use strict";

// The document lists the public servers; from here, the one that serves this page is called, and no other may be (CSP).
const here = new URL(".", location.href).href.replace(/\/$/, "");

// Pages cannot send a Cookie header. What was pasted under Authorize becomes the browser's cookie instead; once the
// service has answered with an HttpOnly one, that stays: it is fresher, and scripts cannot write over it.
function withCookie(request) {
  for (const name of Object.keys(request.headers).filter((name) => name.toLowerCase() === "cookie")) {
    document.cookie = `${request.headers[name]}; Path=/; Secure; SameSite=Lax`;
    delete request.headers[name];
  }
  return request;
}

async function show() {
  const contract = await (await fetch("openapi.json")).json();
  contract.servers = [{ url: here, description: "The service that serves this page." }];
  SwaggerUIBundle({
    spec: contract,
    dom_id: "#contract",
    docExpansion: "full",
    tryItOutEnabled: true,
    requestInterceptor: withCookie,
    validatorUrl: null,
  });
}

show();
