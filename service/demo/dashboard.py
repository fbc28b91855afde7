"""The demo dashboard of `serve --demo`: its pages, and the actions behind its buttons. Off unless asked for."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from importlib import resources
from urllib.parse import parse_qs

from handlers.auth import JSON, Response
from security import device, tokens
from security.authentication import Authenticator
from security.errors import BadRequest, Unauthorized, Unavailable
from security.revocations import NOW, Revocation
from security.tokens import LIFETIME, Session
from service.api.request_context import RequestContext
from service.demo.safety import for_this_machine
from service.demo.sign_in import new_session
from service.demo.thief import try_elsewhere
from service.operations.documents import Page
from service.operations.endpoints import Action
from service.runtime.parts import Parts
from service.state import audit
from service.state.engine import StoreError

ROUTES = ("/demo", "/demo/", "/demo/activity")
SCRIPTS = (
    "buttons",
    "demo",
    "elements",
    "ending",
    "events",
    "input",
    "keeping",
    "news",
    "pace",
    "page",
    "routes",
    "service",
    "session-keeper",
    "state",
    "tabs",
    "timeline",
    "times",
)
FILES = {
    "demo.css": b"text/css; charset=utf-8",
    **{f"{name}.js": b"text/javascript; charset=utf-8" for name in SCRIPTS},
    "icon.svg": b"image/svg+xml",
}
POLICY = (  # Content Security Policy Level 3: nothing inline, nothing from elsewhere
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_SECONDS = 600
CATCH_UP_SECONDS = 10.0


class Demo:
    """The pages and actions of the demo, and the outage that it can simulate.

    Refreshes ask it about revocations, in place of the replica: during an outage, that cannot be known.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._outage_until = 0.0
        self._authenticator = Authenticator(parts.keys, parts.policy, parts.replica, parts.replica)
        folder = resources.files("service.demo") / "pages"
        html = ((b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", POLICY))
        index = _file((folder / "index.html").read_bytes(), html)
        pages: dict[str, Page] = {
            **dict.fromkeys(ROUTES, index),
            **{
                f"/demo/{name}": _file((folder / name).read_bytes(), ((b"content-type", kind),))
                for name, kind in FILES.items()
            },
            "/demo/session": self._show,
        }
        self.pages: Mapping[str, Page] = {path: for_this_machine(page) for path, page in pages.items()}
        actions: dict[str, Action] = {
            "/demo/sign-in": self._sign_in,
            "/demo/sign-out": self._sign_out,
            "/demo/end": self._end,
            "/demo/revoke": self._revoke,
            "/demo/outage": self._outage,
        }
        if parts.device_scope is not None:
            actions["/demo/thief"] = self._thief
        self.actions: Mapping[str, Action] = {path: for_this_machine(action) for path, action in actions.items()}

    def revoked(self, session: Session) -> bool:
        """Whether `session` is revoked. Raises Unavailable during an outage."""
        if self._parts.clock() < self._outage_until:
            raise Unavailable("demo: outage")
        return self._parts.replica.revoked(session)

    def _session(self, request: RequestContext) -> Session:
        """The session in the cookie. Raises Unauthorized if there is none, Unavailable if that is not known."""
        session = self._authenticator.session(request.headers.get(b"cookie", ()), self._parts.cookie_name, request.now)
        if session is None:
            raise Unauthorized("cookie: none")
        request.session_id = session.session_id
        return session

    def _show(self, request: RequestContext) -> Response:
        """What the page may know about its session. The cookie itself it cannot read."""
        try:
            session = self._session(request)
        except Unauthorized:
            return self._state(request, None)
        return self._state(request, self._public(request, session, session.claims["exp"]))

    def _state(
        self, request: RequestContext, session: Mapping[str, object] | None, more: Mapping[str, object] | None = None
    ) -> Response:
        outage = max(0.0, self._outage_until - request.now)
        body = json.dumps({"session": session, "outage": outage, "now": request.now, **(more or {})})
        return Response(200, body.encode("ascii"), (JSON,))

    async def _sign_in(self, request: RequestContext) -> Response:
        session = new_session(self._parts.policy, "demo-user", "demo-org", request.now)
        request.session_id = session.session_id
        return self._issue(request, session)

    def _issue(self, request: RequestContext, session: Session) -> Response:
        token = tokens.issue(session, self._parts.keys.current, request.now, self._parts.new_id())
        response = self._state(request, self._public(request, session, int(request.now) + LIFETIME))
        return response._replace(headers=(JSON, (b"set-cookie", self._parts.set_cookie(token))))

    async def _end(self, request: RequestContext) -> Response:
        """Makes the session so old that it reaches its maximum age in the given seconds."""
        signed_in = int(request.now) - self._parts.policy.max_session_age + _seconds(request)
        return self._issue(request, self._session(request)._replace(auth_time=signed_in))

    async def _sign_out(self, request: RequestContext) -> Response:
        """Signs out in the right order: first revokes the session, if there is one, then deletes the cookie."""
        try:
            await self._store_revocation(self._session(request))
        except StoreError as error:
            raise Unavailable("demo: the store does not answer") from error
        except Unauthorized:
            pass
        response = self._state(request, None)
        return response._replace(headers=(JSON, (b"set-cookie", self._parts.set_cookie.deletion)))

    async def _revoke(self, request: RequestContext) -> Response:
        """Revokes the session, as `session-refresh revoke --session` does. Responds once the revocation is in force."""
        session = self._session(request)
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await self._store_revocation(session)
                while not self._parts.replica.revoked(session):  # noqa: ASYNC110 - the replica is fed by polling
                    await asyncio.sleep(0.05)
        except (StoreError, TimeoutError) as error:
            raise Unavailable("demo: the store does not answer") from error
        return self._state(request, None)

    async def _store_revocation(self, session: Session) -> None:
        entries = [Revocation(NOW, session_id=session.session_id)]
        record = audit.of_revocations(entries, "the demo")
        await self._parts.store.revoke(entries, record)
        audit.log(self._parts.log, record)

    async def _outage(self, request: RequestContext) -> Response:
        self._outage_until = request.now + _seconds(request)
        return self._state(request, None)

    async def _thief(self, request: RequestContext) -> Response:
        """Says what a thief of the cookie would be answered."""
        session = self._session(request)
        stolen = try_elsewhere(session, request.now, self._parts)
        return self._state(request, self._public(request, session, session.claims["exp"]), {"thief": stolen})

    def _public(self, request: RequestContext, session: Session, expires: int) -> Mapping[str, object]:
        return {
            "sub": session.subject,
            "sid": session.session_id,
            "auth_time": session.auth_time,
            "exp": expires,
            "ends": tokens.ends(session, self._parts.policy, request.now),
            **({} if self._parts.device_scope is None else {"bound": device.key_of(session) is not None}),
        }


def _seconds(request: RequestContext) -> int:
    given = parse_qs(request.query.decode("latin-1")).get("seconds", [""])[-1]
    if not re.fullmatch(r"[0-9]{1,3}", given) or int(given) > MOST_SECONDS:
        raise BadRequest("demo: seconds", detail=f"seconds must be a whole number from 0 to {MOST_SECONDS}.")
    return int(given)


def _file(body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> Page:
    response = Response(200, body, headers)
    return lambda _: response
