"""A small dashboard of its own origin: its pages, a sign-in, a sign-out, and the service's endpoint behind it."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.browser.other_origin import QuietFileHandler
from tests.browser.user import REFRESH
from tests.support.service import Service
from tests.support.waiting import wait_for

PAGES = Path(__file__).with_name("dashboard_pages")
COOKIE = "vk_org_token"


class Handler(QuietFileHandler):
    """Serves the pages, signs in and out, and passes refreshes on to the service."""

    server: DashboardApp

    def end_headers(self) -> None:
        """Pages may be cached: browsers restore no others. /boxed.html has no origin, as in a sandboxed frame."""
        if self.command == "GET":
            self.send_header("Cache-Control", "max-age=600")
            self.send_header("Access-Control-Allow-Origin", "*")  # without an origin, scripts are of another one
            if self.path.startswith("/boxed.html"):
                self.send_header("Content-Security-Policy", "sandbox allow-scripts")
            self.server.seen.append(self.path)
        super().end_headers()

    def do_POST(self) -> None:  # noqa: N802
        """The actions behind the pages."""
        actions = {REFRESH: self._refresh, "/sign-in": self._sign_in, "/sign-out": self._sign_out}
        actions[self.path]()

    def _refresh(self) -> None:
        app = self.server
        app.asked.append(self.headers.get("Referer", ""))
        status, headers, body = app.answer() if app.answer else self._ask()
        app.open_gate.wait(30)
        try:
            self._send(status, headers, body)
        except ConnectionError:
            app.given_up += 1

    def _ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """The service's answer to this request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.service.port, timeout=30)
        passed_on = ("Host", "Cookie", "Origin", "Sec-Fetch-Site", "Referer")
        headers = {name: self.headers[name] for name in passed_on if name in self.headers}
        connection.request("POST", REFRESH, headers=headers)
        response = connection.getresponse()
        answer = response.status, response.getheaders(), response.read()
        connection.close()
        return answer

    def _sign_in(self) -> None:
        token = self.server.sign_in()
        self._send(204, [("Set-Cookie", f"{COOKIE}={token}; Path=/; Max-Age=28800; HttpOnly; Secure; SameSite=Lax")])

    def _sign_out(self) -> None:
        self.server.revoke()
        self._send(204, [("Set-Cookie", f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax")])

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        """Browsers that go away are none of our business."""
        with suppress(ConnectionError):
            super().handle()


class DashboardApp(ThreadingHTTPServer):
    """The running dashboard. `asked` are the pages that refreshed; `open_gate` is cleared to hold the answers back."""

    daemon_threads = True

    def __init__(self, service: Service, handler: type[Handler] = Handler) -> None:
        super().__init__(("127.0.0.1", 0), lambda *arguments: handler(*arguments, directory=str(PAGES)))
        self.service = service
        self.asked: list[str] = []
        self.seen: list[str] = []  # paths that were loaded
        self.given_up = 0  # answers that nobody waited for any more
        self.answer: Any = None  # in place of the service's, if it is set
        self.open_gate = threading.Event()
        self.open_gate.set()
        self.age = 0  # of sessions at their sign-in, in seconds
        self._session = self._token = ""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path: str = "/work.html", **options: Any) -> str:
        """The address of a page, whose keeper gets these options."""
        return f"http://127.0.0.1:{self.server_port}{path}?options={quote(json.dumps(options))}"

    def sign_in(self) -> str:
        """The token of a new session."""
        self._session = secrets.token_hex(8)
        now = int(time.time())
        self._token = self.service.sign(sid=self._session, iat=now, auth_time=now - self.age)
        return self._token

    def revoke(self) -> None:
        """Revokes the latest session; returns when that is in force."""
        self.service.cli("revoke", "--session", self._session)  # not in this process: Playwright runs a loop in it
        wait_for(lambda: self.service.refresh(self._token).status == 401, "the revocation")

    def close(self) -> None:
        """Stops it, and lets go whatever is held."""
        self.open_gate.set()
        self.shutdown()
        self.server_close()
