"""A real identity provider, as a process of its own, and the dashboard that signs its users in with it."""

from __future__ import annotations

import base64
import json
import secrets
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.browser.dashboard_app import COOKIE, DashboardApp, Handler
from tests.support.server_process import ServerProcess
from tests.support.service import Service

PROGRAM = Path(__file__).parent / "idp" / "provider.mjs"
CLIENT, SECRET = "dashboard", "secret of the test"
ORGANISATION = "org-1"


class IdentityProvider(ServerProcess):
    """oidc-provider at `issuer`."""

    stop_signal = signal.SIGTERM

    def __init__(self, redirect_uri: str, logout_uri: str, *, session_required: bool) -> None:
        super().__init__()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._arguments = [str(self.port), redirect_uri, logout_uri, json.dumps(session_required)]

    def command(self) -> list[str]:
        return ["node", str(PROGRAM), *self._arguments]

    def answers(self) -> bool:
        return '{"ready":true}' in self._output()

    def told(self) -> list[dict[str, Any]]:
        """The logouts that it has delivered, or failed to."""
        lines = (line for line in self._output() if line.startswith("{"))  # the rest are its warnings
        return [event for event in map(json.loads, lines) if "ready" not in event]

    def _output(self) -> list[str]:
        return (self.folder / "log").read_text().split("\n")[:-1]

    def entry(self) -> dict[str, Any]:
        """What the service's file of issuers says of it."""
        with urllib.request.urlopen(f"{self.issuer}/jwks") as answer:
            jwks = json.load(answer)
        return {"issuer": self.issuer, "audience": CLIENT, "jwks": jwks, "organisation": ORGANISATION}

    def tokens(self, code: str, redirect_uri: str) -> Any:
        """What it gives for an authorization code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        basic = base64.b64encode(urlencode({CLIENT: SECRET}).replace("=", ":").encode()).decode()
        asked = urllib.request.Request(f"{self.issuer}/token", urlencode(form).encode())
        asked.add_header("Authorization", f"Basic {basic}")
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)


class SigningHandler(Handler):
    """Signs in with the identity provider: the login service of the dashboard."""

    server: SignedOnApp

    def do_GET(self) -> None:  # noqa: N802
        """/login leads to the identity provider, which leads to /callback, which leads to the page."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/login":
            self._send(302, [("Location", self.server.authorization())])
        elif path == "/callback":
            token = self.server.session_for(query["code"][0], query["state"][0])
            cookie = f"{COOKIE}={token}; Path=/; Max-Age=28800; HttpOnly; Secure; SameSite=Lax"
            self._send(302, [("Set-Cookie", cookie), ("Location", self.server.url("/work.html", interval=500))])
        else:
            super().do_GET()


class SignedOnApp(DashboardApp):
    """A dashboard whose users sign in at an identity provider. `token` is the latest session's first one."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, SigningHandler)
        self.callback = f"http://127.0.0.1:{self.server_port}/callback"
        self.provider: IdentityProvider | None = None
        self.token = ""
        self._states: set[str] = set()

    def authorization(self) -> str:
        """Where a sign-in begins (OpenID Connect Core 1.0 section 3.1.2.1)."""
        assert self.provider is not None
        state = secrets.token_hex(8)
        self._states.add(state)
        asked = {
            "client_id": CLIENT, "response_type": "code", "scope": "openid", "redirect_uri": self.callback,
            "state": state,
        }  # fmt: skip
        return f"{self.provider.issuer}/auth?{urlencode(asked)}"

    def session_for(self, code: str, state: str) -> str:
        """A token for the session that begins with this code. It names the provider's own session."""
        assert self.provider is not None
        self._states.remove(state)
        id_token = self.provider.tokens(code, self.callback)["id_token"]
        body = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        now = int(time.time())
        self.token = self.service.sign(
            sub=claims["sub"], org=ORGANISATION, sid=secrets.token_hex(8), iat=now, auth_time=now,
            idp_iss=claims["iss"], idp_sid=claims.get("sid"),
        )  # fmt: skip
        return self.token


@contextmanager
def signed_on(service: Service, *, session_required: bool) -> Iterator[tuple[SignedOnApp, IdentityProvider]]:
    """The dashboard and its identity provider, which the service trusts."""
    with closing(SignedOnApp(service)) as app:
        logout = f"http://127.0.0.1:{service.internal.port}/backchannel-logout"
        app.provider = provider = IdentityProvider(app.callback, logout, session_required=session_required)
        try:
            provider.start()
            (service.state / "issuers.json").write_text(json.dumps([provider.entry()]))
            yield app, provider
        finally:
            provider.remove()
