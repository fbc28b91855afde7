"""The demo dashboard of `serve --demo`: its pages, and what its buttons ask for. Never part of a real service."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from urllib.parse import parse_qs

from handlers.auth import JSON, Answer
from security import cookies, tokens
from security.authentication import KeyRing
from security.claims import Policy
from security.cookies import SetCookie
from security.errors import BadRequest, Unauthorized, Unavailable
from security.revocations import Revocation
from security.tokens import LIFETIME, Session
from service.exchange import Exchange
from service.settings import Settings
from service.sign_in import new_session
from service.stores.replica import Replica
from service.stores.store import Store, StoreError

Page = Callable[[Exchange], Answer]
Action = Callable[[Exchange, bytes], Awaitable[Answer]]

ROUTES = ("/demo", "/demo/", "/demo/activity")
FILES = {
    "demo.css": b"text/css; charset=utf-8",
    "demo.js": b"text/javascript; charset=utf-8",
    "session-keeper.js": b"text/javascript; charset=utf-8",
    "icon.svg": b"image/svg+xml",
}
POLICY = (  # Content Security Policy Level 3: nothing inline, nothing from elsewhere
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
LONGEST_OUTAGE = 600
CATCH_UP_SECONDS = 10.0


def obstacles(settings: Settings, host: str, workers: int) -> str:
    """Why the demo must not run like this; empty if it may. It hands out sessions to whoever asks."""
    if not settings.embedded:
        return "--demo: only with the embedded database; SESSION_REFRESH_DATABASE_URL must not be set"
    if settings.keys_file != settings.state_dir / "keys.json":
        return "--demo: only with the embedded key file; SESSION_REFRESH_KEYS_FILE must not be set"
    if host not in ("127.0.0.1", "::1", "localhost"):
        return f"--demo: only for this machine; --host must be 127.0.0.1, ::1 or localhost, not {host}"
    if workers != 1:
        return "--demo: --workers must be 1; one process has the outage"
    return ""


class Demo:
    """What the demo's page asks for, and the outage that it may simulate.

    For refreshes it stands in for the replica as the port Revocations: during an outage, nothing can be known.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        cookie_name: str,
        keys: KeyRing,
        policy: Policy,
        replica: Replica,
        set_cookie: SetCookie,
        store: Store,
    ) -> None:
        self._clock = clock
        self._cookie_name = cookie_name.encode("ascii")
        self._keys = keys
        self._policy = policy
        self._replica = replica
        self._set_cookie = set_cookie
        self._store = store
        self._outage_until = 0.0
        folder = resources.files("service") / "demo_pages"
        html = ((b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", POLICY))
        index = _file((folder / "index.html").read_bytes(), html)
        self.pages: Mapping[str, Page] = {
            **dict.fromkeys(ROUTES, index),
            **{
                f"/demo/{name}": _file((folder / name).read_bytes(), ((b"content-type", kind),))
                for name, kind in FILES.items()
            },
            "/demo/session": self._show,
        }
        self.actions: Mapping[str, Action] = {
            "/demo/sign-in": self._sign_in,
            "/demo/revoke": self._revoke,
            "/demo/outage": self._outage,
        }

    def revoked(self, session: Session) -> bool:
        """Whether `session` is revoked. Raises Unavailable during an outage."""
        if self._clock() < self._outage_until:
            raise Unavailable("demo: outage")
        return self._replica.revoked(session)

    def _session(self, exchange: Exchange) -> Session:
        """The session in the cookie. Raises Unauthorized if there is none, Unavailable if that is not known."""
        token = cookies.read(exchange.cookies, self._cookie_name)
        if token is None:
            raise Unauthorized("cookie: none")
        session = exchange.session = tokens.read(token, self._keys.current, self._policy, exchange.now)
        if self._replica.revoked(session):
            raise Unauthorized("session: revoked")
        return session

    def _show(self, exchange: Exchange) -> Answer:
        """What the page may know of its session; the cookie itself it cannot see."""
        try:
            session = self._session(exchange)
        except Unauthorized:
            return self._state(exchange, None)
        return self._state(exchange, {**_public(session), "exp": session.claims["exp"]})

    def _state(self, exchange: Exchange, session: Mapping[str, object] | None) -> Answer:
        outage = max(0.0, self._outage_until - exchange.now)
        body = json.dumps({"session": session, "outage": outage, "now": exchange.now})
        return Answer(200, body.encode("ascii"), (JSON,))

    async def _sign_in(self, exchange: Exchange, _: bytes) -> Answer:
        session = exchange.session = new_session(self._policy, "demo-user", "demo-org", exchange.now)
        token = tokens.issue(session, self._keys.current, exchange.now)
        answer = self._state(exchange, {**_public(session), "exp": session.auth_time + LIFETIME})
        return answer._replace(headers=(JSON, (b"set-cookie", self._set_cookie(token))))

    async def _revoke(self, exchange: Exchange, _: bytes) -> Answer:
        """Records what `session-refresh revoke --session` would, and answers once it is in force."""
        session = self._session(exchange)
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await self._store.revoke([Revocation(int(exchange.now), session_id=session.session_id)])
                while not self._replica.revoked(session):  # noqa: ASYNC110 - it is fed by polling, and tells nobody
                    await asyncio.sleep(0.05)
        except (StoreError, TimeoutError) as error:
            raise Unavailable("demo: the store does not answer") from error
        return self._state(exchange, None)

    async def _outage(self, exchange: Exchange, query: bytes) -> Answer:
        given = parse_qs(query.decode("latin-1")).get("seconds", [""])[-1]
        if not re.fullmatch(r"[0-9]{1,3}", given) or int(given) > LONGEST_OUTAGE:
            raise BadRequest("demo: outage", detail=f"seconds must be a whole number from 0 to {LONGEST_OUTAGE}.")
        self._outage_until = exchange.now + int(given)
        return self._state(exchange, None)


def _public(session: Session) -> dict[str, object]:
    return {"sub": session.subject, "sid": session.session_id, "auth_time": session.auth_time}


def _file(body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> Page:
    answer = Answer(200, body, headers)
    return lambda _: answer
