"""Identity providers of the tests: they sign statements, good and bad, with none of the service's code."""

from __future__ import annotations

import json
from typing import Any

from typing_extensions import override

from tests.support.tokens import NOW, Forge, private_jwk, public_jwk

IDP = "https://idp.example.com/realms/acme"
OTHER_IDP = "https://other.example.com/"
CLIENT = "dashboard"
SECOND_CLIENT = "reports"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SESSION_REVOKED = CAEP + "session-revoked"
ACCOUNT_DISABLED = RISC + "account-disabled"
SESSIONS_REVOKED = RISC + "sessions-revoked"
USER = {"format": "iss_sub", "iss": IDP, "sub": "user-1"}


def logout_claims(now: int) -> dict[str, Any]:
    """The claims of a good logout token."""
    return {
        "iss": IDP, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "logout-1", "sub": "user-1", "sid": "idp-1",
        "events": {LOGOUT: {}},
    }  # fmt: skip


def event_claims(now: int) -> dict[str, Any]:
    """The claims of a good Security Event Token."""
    return {
        "iss": IDP, "aud": CLIENT, "iat": now, "jti": "event-1", "sub_id": USER,
        "events": {SESSION_REVOKED: {"event_timestamp": now, "initiating_entity": "policy"}},
    }  # fmt: skip


class Keys:
    """The keys of all providers of a test, which take a while to make."""

    def __init__(self) -> None:
        self.own = {kid: private_jwk(alg, kid) for kid, alg in (("rs", "RS256"), ("es", "ES256"), ("ed", "EdDSA"))}
        self.other = private_jwk("ES256", "other")
        self.foreign = private_jwk("ES256", "foreign")

    def issuers(self) -> list[dict[str, Any]]:
        """The issuers file: a provider with two clients, and one that serves many organisations."""
        # As Entra publishes its keys: without alg, and with a certificate.
        published = [
            {name: value for name, value in public_jwk(key).items() if name != "alg"} | {"x5c": ["MIIC"], "x5t": "aa"}
            for key in self.own.values()
        ]
        jwks = {
            "keys": [
                *published,
                {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "enc", "n": "AQAB", "e": "AQAB"},
            ]
        }
        return [
            {"issuer": IDP, "audience": CLIENT, "jwks": jwks, "organisation": "org-1"},
            {"issuer": IDP, "audience": SECOND_CLIENT, "jwks": jwks, "organisation": "org-2"},
            {"issuer": OTHER_IDP, "audience": CLIENT, "jwks": {"keys": [public_jwk(self.other)]},
             "organisation_claim": "org_id"},
        ]  # fmt: skip


class Provider(Forge):
    """Signs statements of one kind: `base` gives the claims of a good one, `typ` its type."""

    def __init__(
        self, keys: Keys, typ: str, base: Any, now: int = NOW
    ) -> None:  # not Forge's, which makes its own keys
        self.now = now
        self.typ = typ
        self.base = base
        self.keys = keys.own
        self.other = keys.other
        self.foreign = keys.foreign

    @override
    def token(
        self, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None, kid: str = "es",
        without: tuple[str, ...] = (), without_header: tuple[str, ...] = (), key: dict[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """A good statement, except for the given header members and claims, and those left out."""
        key = key or self.keys[kid]
        whole = {"alg": key["alg"], "kid": key["kid"], "typ": self.typ, **(header or {})}
        stated = {**self.base(self.now), **(claims or {})}
        return self.sign(
            json.dumps({name: value for name, value in whole.items() if name not in without_header}),
            json.dumps({name: value for name, value in stated.items() if name not in without}),
            key,
        )

    def payload(self, text: str | bytes) -> str:
        """A token with a good header and exactly this payload, well signed."""
        return self.sign(json.dumps({"alg": "ES256", "kid": "es", "typ": self.typ}), text, self.keys["es"])

    def with_members(self, text: str) -> str:
        """Good claims with `text` added as further members of the JSON object."""
        return self.payload(json.dumps(self.base(self.now))[:-1] + "," + text + "}")


def logouts(keys: Keys, now: int = NOW) -> Provider:
    """A provider that signs logout tokens."""
    return Provider(keys, "logout+jwt", logout_claims, now)


def events(keys: Keys, now: int = NOW) -> Provider:
    """A provider that signs Security Event Tokens."""
    return Provider(keys, "secevent+jwt", event_claims, now)
