// A real identity provider, oidc-provider: its development sign-in, one client, and back-channel logout.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirectUri, logoutUri, sessionRequired] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "dashboard",
      client_secret: "secret of the test",
      redirect_uris: [redirectUri],
      backchannel_logout_uri: logoutUri,
      backchannel_logout_session_required: sessionRequired === "true",
    },
  ],
  cookies: { keys: ["secret of the test"] },
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // its dispatcher calls no loopback address
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "idp-1", use: "sig", alg: "RS256" }] },
  pkce: { required: () => false },
});

const tell = (event) => console.log(JSON.stringify(event));
provider.on("backchannel.success", (_, __, subject, session) => tell({ told: subject, session }));
provider.on("backchannel.error", (_, error) => tell({ failed: error.message }));
createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => tell({ ready: true }));
