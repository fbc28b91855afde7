"""The keys and the 200 sessions that every server is measured with, and the check of what it answers."""

import base64
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPMessage, parse_headers
from io import BytesIO
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from benchmarks.client import WrongAnswer

SESSIONS = 200
COOKIE = "vk_org_token"
ISSUER = "https://devapi.withverifa.com"
AUDIENCE = "verifa-dashboard"
LIFETIME = 28_800
ALGORITHMS = ("EdDSA", "HS256")
# What clients send as a body, by the name it has in the results: the documented call's, which comes first, and nothing.
EMPTY_OBJECT, NONE = "{}", "none"
BODIES = {
    EMPTY_OBJECT: "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    NONE: "Content-Length: 0\r\n\r\n",
}


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def make_key(algorithm: str) -> dict[str, str]:
    """A private JWK (RFC 7517; RFC 8037 section 2 for Ed25519)."""
    common = {"kid": f"bench-{algorithm.lower()}", "alg": algorithm, "use": "sig"}
    if algorithm == "HS256":
        return {"kty": "oct", "k": _base64url(secrets.token_bytes(32)), **common}
    key = Ed25519PrivateKey.generate()
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": _base64url(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())),
        "x": _base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        **common,
    }


def write_keys(path: Path, jwk: dict[str, str]) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps({"keys": [jwk]}))


@dataclass(frozen=True)
class Sessions:
    """The same for all servers of one measurement."""

    jwk: dict[str, str]
    claims: list[dict[str, Any]]
    requests: dict[str, list[bytes]]  # with each body, one a session

    @classmethod
    def make(cls, jwk: dict[str, str], number: int = SESSIONS, **more: str) -> "Sessions":
        """`more` are claims that all of them state, too."""
        now = int(time.time())
        claims = [
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": f"user_{place:06d}",
                "org": f"org_{place % 10:04d}",
                "sid": _base64url(secrets.token_bytes(16)),
                "iat": now - 60,
                "exp": now - 60 + LIFETIME,
                "auth_time": now - 3_600,
                "jti": _base64url(secrets.token_bytes(16)),
                **more,
            }
            for place in range(number)
        ]
        key = jwt.PyJWK(jwk)
        header = {"kid": jwk["kid"], "typ": "vk-session+jwt"}
        tokens = [jwt.encode(each, key, headers=header) for each in claims]
        return cls(jwk, claims, {body: [_request(token, body) for token in tokens] for body in BODIES})

    def check(self, samples: Iterable[tuple[int, bytes]]) -> None:
        """Raises WrongAnswer unless every sample is a 200 that extends the session it was asked for."""
        for number, answer in samples:
            try:
                self._check(self.claims[number], answer)
            except (WrongAnswer, ValueError, KeyError, jwt.InvalidTokenError) as error:
                raise WrongAnswer(f"{error}\n{answer.decode('latin-1')}") from error

    def _check(self, before: dict[str, Any], answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        status, _, fields = head.partition(b"\r\n")
        headers = parse_headers(BytesIO(fields + b"\r\n\r\n"))
        if not status.startswith(b"HTTP/1.1 200 "):
            raise WrongAnswer(f"status {status!r}")
        if json.loads(body) != {"refreshed": True}:
            raise WrongAnswer(f"body {body!r}")
        after = jwt.decode(
            _cookie(headers),
            jwt.PyJWK(self.jwk),
            algorithms=[self.jwk["alg"]],
            issuer=ISSUER,
            audience=AUDIENCE,
        )
        renewed = {"iat": after["iat"], "exp": after["iat"] + LIFETIME, "jti": after["jti"]}
        if after != {**before, **renewed} or abs(time.time() - after["iat"]) > 600:
            raise WrongAnswer(f"claims {after} from {before}")
        if after["jti"] == before["jti"]:
            raise WrongAnswer("the jti is not a new one")


def _request(token: str, body: str) -> bytes:
    return (
        "POST /api/v1/auth/refresh HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Accept: application/json\r\n"
        "Sec-Fetch-Site: same-origin\r\n"
        f"Cookie: {COOKIE}={token}\r\n"
        f"{BODIES[body]}"
    ).encode()


def _cookie(headers: HTTPMessage) -> str:
    cookies = headers.get_all("set-cookie", [])
    if len(cookies) != 1:
        raise WrongAnswer(f"{len(cookies)} Set-Cookie headers")
    pair, *attributes = cookies[0].split("; ")
    if {each.lower() for each in attributes} != {
        f"max-age={LIFETIME}",
        "path=/",
        "httponly",
        "secure",
        "samesite=lax",
    }:
        raise WrongAnswer(f"attributes {attributes}")
    name, _, token = pair.partition("=")
    if name != COOKIE:
        raise WrongAnswer(f"a cookie {name}")
    return token
