"""What tests do at the endpoints for identity providers of a running service."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from tests.support.client import request_bytes
from tests.support.providers import IDP, Keys, Provider, events, logouts
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.waiting import wait_for

LOGOUTS, EVENTS = PATHS = ("/backchannel-logout", "/events")
FORM = "application/x-www-form-urlencoded"
EVENT = "application/secevent+jwt"
# A transmitter's test of the stream, which ends nothing.
VERIFICATION: dict[str, Any] = {"https://schemas.openid.net/secevent/ssf/event-type/verification": {}}


class Endpoints:
    """The two endpoints of a service that trusts the providers of `keys`."""

    def __init__(self, service: Service, keys: Keys) -> None:
        self.service = service
        self.keys = keys

    def trust(self) -> None:
        """Writes the issuers file; returns once it is in force in every worker that answers."""
        self.service.state.mkdir(mode=0o700, exist_ok=True)  # with a shared database, nobody else makes it
        fresh = self.service.state / "issuers.json.new"
        fresh.write_text(json.dumps(self.keys.issuers()))
        fresh.rename(self.service.state / "issuers.json")
        wait_for(lambda: self.event(self.events.token(claims={"events": VERIFICATION})).status == 202, "the issuers")

    @property
    def logouts(self) -> Provider:
        """Signs logout tokens, made now."""
        return logouts(self.keys, int(time.time()))

    @property
    def events(self) -> Provider:
        """Signs Security Event Tokens, made now."""
        return events(self.keys, int(time.time()))

    def logout(self, token: str | bytes, *headers: str) -> Reply:
        """Sends a logout token."""
        raw = token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")
        return self.send(LOGOUTS, urlencode({"logout_token": raw}).encode(), FORM, *headers)

    def event(self, token: str | bytes, *headers: str) -> Reply:
        """Sends a Security Event Token."""
        raw = token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")
        return self.send(EVENTS, raw, EVENT, *headers)

    def send(self, path: str, body: bytes, content_type: str, *headers: str) -> Reply:
        """POST to the internal listener."""
        kind = (f"Content-Type: {content_type}",) if content_type else ()
        return self.service.internal.raw(request_bytes("POST", path, *kind, *headers, body=body))

    def session(self, **claims: Any) -> str:
        """A token of a session that came from the provider's session idp-1 a minute ago, unless told otherwise."""
        now = int(time.time()) - 60
        stated = {"sub": "user-1", "org": "org-1", "sid": "s-1", "idp_iss": IDP, "idp_sid": "idp-1", "iat": now}
        return self.service.sign(**{**stated, "auth_time": now, **claims})
