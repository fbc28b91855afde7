"""What tests ask a running service over a socket, asked of connexion over our documents in this process."""

from __future__ import annotations

import json
import time
from typing import Any

from security.device import SCOPES
from service.api import contract, device_headers
from service.api.request_context import RequestContext
from service.http.cors import Cors
from service.http.responses import ResponseBuilder, problem_of, serialize_head
from service.operations import device, internal
from tests.support.client import Client
from tests.support.device import cookie_header
from tests.support.in_process import FORGE, build, send
from tests.support.replies import Reply
from tests.support.tokens import good_claims

PUBLIC = contract.load()
RESPONSES = ResponseBuilder(Cors((), PUBLIC), PUBLIC.challenge, "max-age=31536000")


class InProcess(Client):
    """Answers requests as the service does where sessions are bound to devices. `reason`: of the last refusal."""

    def __init__(self, scope: str = "refresh", **changed: Any) -> None:
        self.scope = SCOPES[scope]._replace(**changed)
        self.secrets = set()
        self.reason = ""
        self._public = build(
            PUBLIC, device.load(), session_rate=None, device=device_headers.read, device_scope=self.scope
        )
        self._internal = build(internal.load(), session_rate=None, device=device_headers.read_if_asked)

    def sign(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token as the login service would make it now; members and claims changed to None are left out."""
        now = int(time.time())
        whole = {"alg": "EdDSA", "kid": "ed", "typ": "vk-session+jwt", **(header or {})}
        stated = {**good_claims(now), "auth_time": now, "iat": now, **changed}
        head, body = (
            json.dumps({name: value for name, value in part.items() if value is not None}) for part in (whole, stated)
        )
        return FORGE.sign(head, body, FORGE.keys["ed"])

    def verify(self, token: str, bound: str, *cookies: str) -> Reply:
        """What a proxy is told that asks with `bound` about a request with these device cookies."""
        return self.get(f"/verify?bound={bound}", cookie_header(token, *cookies))

    def raw(self, request: bytes, seconds: float = 10.0) -> Reply:
        """The response to `request`, as far as the application makes it. /verify is of the internal listener."""
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        method, target, _ = first.decode().split(" ")
        path, _, query = target.partition("?")
        headers: dict[bytes, list[bytes]] = {}
        for name, _, value in (line.partition(b": ") for line in lines):
            headers.setdefault(name.lower(), []).append(value)
        asked = RequestContext(
            method=method,
            path=path,
            query=query.encode(),
            headers=headers,
            body=body,
            client="192.0.2.1",
            request_id=b"1",
        )
        asked.now = time.time()
        try:
            response = send(self._internal if path == "/verify" else self._public, asked).response
            self.reason = ""
        except Exception as error:  # noqa: BLE001
            problem = problem_of(error)
            self.reason, response = problem.reason, RESPONSES.error(problem)
        return self.note(Reply(serialize_head(response.status, RESPONSES.headers(asked, response)) + response.body))
