"""A device as browsers have one: a key that signs challenges, with none of the service's code."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import jwt

from tests.support.client import Client
from tests.support.replies import Reply
from tests.support.tokens import Forge, b64, private_jwk, public_jwk

PATH = "/api/v1/auth/device"
PROOF, SESSION_ID, CHALLENGE = "Secure-Session-Response", "Sec-Secure-Session-Id", "secure-session-challenge"
BY_BROWSER = (
    "Origin: http://127.0.0.1",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: no-cors",
    "Sec-Fetch-Dest: empty",
)
FORGE = Forge()
# Settings of a service that offers to bind sessions, with no limit in the way.
OFFER = {"DEVICE_BINDING": "offer", "RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}


class Device:
    """A key of P-256."""

    def __init__(self) -> None:
        self.key = private_jwk("ES256", "device")
        self.jwk = {name: value for name, value in public_jwk(self.key).items() if name in ("kty", "crv", "x", "y")}

    def proof(self, challenge: Any, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None,
              key: dict[str, Any] | None = None, *, registers: bool = True) -> str:  # fmt: skip
        """A proof of `challenge`, good but for the given members; those that are None are left out."""
        whole = {"alg": "ES256", "typ": "dbsc+jwt", **({"jwk": self.jwk} if registers else {}), **(header or {})}
        stated = {"jti": challenge, **(claims or {})}
        head, body = (
            json.dumps({name: value for name, value in part.items() if value is not None}) for part in (whole, stated)
        )
        return FORGE.sign(head, body, key or self.key)

    def public(self, alg: str) -> dict[str, Any]:
        """The public key of another algorithm."""
        return {name: value for name, value in public_jwk(private_jwk(alg, "x")).items() if name not in ("kid", "use")}


class Bound(NamedTuple):
    """What a browser has of a bound session."""

    device: Device
    token: str
    cookie: str
    instructions: Any
    challenge: str

    @property
    def session_id(self) -> str:
        """The browser's name for it."""
        return str(self.instructions["session_identifier"])


def offered(reply: Reply) -> str:
    """The challenge by which a response offers to register."""
    found = re.fullmatch(r'\(ES256\);path="/api/v1/auth/device";challenge="([^"]+)"', offer_of(reply))
    assert found, reply.raw
    return found[1]


def offer_of(reply: Reply) -> str:
    """The header that offers to register; empty if there is none."""
    return reply.header("secure-session-registration") or ""


def asked(reply: Reply) -> str:
    """The challenge that a response of the device's path has."""
    found = re.fullmatch(r'"([^"]+)";id="([^"]+)"', reply.header(CHALLENGE) or "")
    assert found, reply.raw
    return found[1]


def cookies_of(reply: Reply) -> dict[str, str]:
    """The cookies that a response sets."""
    pairs = [cookie.partition(";")[0].partition("=") for cookie in reply.all("set-cookie")]
    return {name: value for name, _, value in pairs}


def call(
    client: Client, token: str, *headers: str, proof: str | None = None, session_id: str | None = None,
    by_browser: tuple[str, ...] = BY_BROWSER, body: bytes = b"",
) -> Reply:  # fmt: skip
    """A call that a browser makes by itself."""
    more = [f"Cookie: vk_org_token={token}", *by_browser, *headers]
    more += [f"{PROOF}: {proof}"] if proof is not None else []
    more += [f"{SESSION_ID}: {session_id}"] if session_id is not None else []
    return client.request(*more, "Content-Length: 0", path=PATH, body=body)


def bind(client: Client, token: str) -> Bound:
    """Refreshes the session of `token` as a page does, and registers a new device as its browser does."""
    device = Device()
    refreshed = client.request(f"Cookie: vk_org_token={token}")
    token = cookies_of(refreshed)["vk_org_token"]
    reply = call(client, token, proof=device.proof(offered(refreshed)))
    assert reply.status == 200, reply.raw
    set_ = cookies_of(reply)
    return Bound(device, set_["vk_org_token"], set_["vk_org_device"], reply.json(), asked(reply))


def cookie_header(token: str, *devices: str) -> str:
    """The Cookie header with a session's token, and with these device cookies."""
    return "; ".join([f"Cookie: vk_org_token={token}", *(f"vk_org_device={value}" for value in devices)])


def refresh(client: Client, token: str, *cookies: str, headers: tuple[str, ...] = ()) -> Reply:
    """A page's refresh, with these device cookies."""
    return client.request(cookie_header(token, *cookies), *headers)


def claims_of(token: str) -> Any:
    """What a token states, whoever signed it."""
    return jwt.decode(token, options={"verify_signature": False})


def encoded(value: Any) -> str:
    """JSON in base64url."""
    return b64(json.dumps(value).encode())
