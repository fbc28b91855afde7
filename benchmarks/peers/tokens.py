"""What every Python peer does with a token: PyJWT as its documentation shows it, with the keys prepared once."""

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

import jwt

ISSUER = "https://devapi.withverifa.com"
AUDIENCE = "verifa-dashboard"
COOKIE = "vk_org_token"
LIFETIME = 28_800
LEEWAY = 30
PRIVATE_PARTS = {"d"}

Claims = dict[str, Any]


def read_key(path: Path) -> dict[str, str]:
    key: dict[str, str] = json.loads(path.read_text())["keys"][0]
    return key


_JWK = read_key(Path(os.environ["BENCHMARK_KEYS"]))
_SIGNING = jwt.PyJWK(_JWK)
_VERIFYING = jwt.PyJWK({name: part for name, part in _JWK.items() if name not in PRIVATE_PARTS})
_HEADER = {"kid": _JWK["kid"], "typ": "vk-session+jwt"}
_REQUIRED = ["iss", "aud", "sub", "org", "sid", "iat", "exp"]


def read(token: str) -> Claims:
    return jwt.decode(
        token,
        _VERIFYING,
        algorithms=[_JWK["alg"]],
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=LEEWAY,
        options={"require": _REQUIRED},
    )


def renew(claims: Claims) -> str:
    now = int(time.time())
    fresh = {**claims, "iat": now, "exp": now + LIFETIME, "jti": secrets.token_urlsafe(16)}
    return jwt.encode(fresh, _SIGNING, headers=_HEADER)


def set_cookie(token: str) -> str:
    return f"{COOKIE}={token}; Max-Age={LIFETIME}; Path=/; HttpOnly; Secure; SameSite=Lax"
