"""Attacks on the claims: missing, of a wrong type, out of their bounds, stated twice."""

from __future__ import annotations

import json
from typing import Any

from tests.support.attacks.changes import Attack, at, claim, with_members, without
from tests.support.tokens import AUDIENCE, good_claims

BAD_TEXTS: dict[str, Any] = {
    "null": None, "true": True, "a number": 7, "a list": ["x"], "an object": {"x": 1}, "empty": "",
    "256 characters": "x" * 256, "with NUL": "a\0b", "with a line end": "a\r\nb", "with a tab": "a\tb",
    "with a zero-width blank": "a\u200bb", "with DEL": "a\x7fb", "a fraction": 7.5,
    "with a change of direction": "a\u202eb",
}  # fmt: skip


BAD_TIMES: dict[str, Any] = {
    "null": None, "true": True, "false": False, "a text": "1900000000", "negative": -1,
    "a negative fraction": -0.5, "a list": [1900000000], "an object": {}, "of 400 digits": 10**400,
    "2**53 + 1": 2**53 + 1, "2**63": 2**63,
}  # fmt: skip


BAD_DURATIONS: dict[str, Any] = {
    "null": None, "true": True, "false": False, "a text": "3600", "zero": 0, "minus zero": -0.0, "negative": -1,
    "a fraction": 3600.5, "a whole float": 3600.0, "a list": [3600], "an object": {}, "of 400 digits": 10**400,
    "2**53 + 1": 2**53 + 1, "infinite": float("inf"),
}  # fmt: skip


CLAIMS: dict[str, Attack] = {
    **{f"{name} missing": without(name) for name in ("iss", "sub", "org", "sid", "aud", "iat", "exp")},
    **{
        f"{name} {kind}": claim(**{name: value})
        for name in ("iss", "sub", "org", "sid", "idp_iss", "idp_sid")
        for kind, value in BAD_TEXTS.items()
    },
    **{
        f"{name} {kind}": claim(**{name: value})
        for name in ("session_max_age", "session_idle")
        for kind, value in BAD_DURATIONS.items()
    },
    **{
        f"{name} {kind}": claim(**{name: value})
        for name in ("iat", "exp", "auth_time", "nbf")
        for kind, value in BAD_TIMES.items()
    },
    "exp 1e400": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}',
        json.dumps(good_claims(f.now)).replace(str(f.now + 28740), "1e400"),
        f.keys["ed"],
    ),
    "sub a lone surrogate": claim(sub="\ud800"),
    "sub a pair the wrong way round": claim(sub="\udf89\ud83c"),
    "iat NaN": claim(iat=float("nan")),
    "auth_time infinite": claim(auth_time=float("inf")),
    "nbf minus infinity": claim(nbf=float("-inf")),
    "exp NaN": claim(exp=float("nan")),
    "exp infinite": claim(exp=float("inf")),
    "exp just passed, leeway too": at("exp", -30),
    "exp an hour ago": at("exp", -3600),
    "exp zero": claim(exp=0),
    "auth_time after iat": at("auth_time", -59),
    "auth_time after iat by a fraction": at("auth_time", -59.5),
    "expired, and from the future": lambda f: f.token(claims={"exp": f.now - 31, "iat": f.now + 3600}),
    "auth_time after iat, within the leeway of now": at("auth_time", 10),
    "auth_time longer ago than a session may last": at("auth_time", -2592001),
    "iat longer ago than that, no auth_time": lambda f: f.token(
        claims={"iat": f.now - 2592001}, without=("auth_time",)
    ),
    "signed in longer ago than its session_max_age": claim(session_max_age=3599),
    "signed in longer ago than any session may last, session_max_age longer": lambda f: f.token(
        claims={"auth_time": f.now - 2592001, "session_max_age": 2**53}
    ),
    "signed in longer ago than its session_max_age, no auth_time": lambda f: f.token(
        claims={"session_max_age": 59}, without=("auth_time",)
    ),
    "idle for longer than its session_idle": claim(session_idle=59),
    "idle for a fraction longer than its session_idle": lambda f: f.token(
        claims={"iat": f.now - 60.5, "session_idle": 60}
    ),
    "session_idle twice, the longer one behind": with_members('"session_idle":59,"session_idle":3600'),
    "session_max_age twice, once escaped": with_members('"session_max_age":1,"session_max_\\u0061ge":3600'),
    "idp_sid twice": with_members('"idp_sid":"a","idp_sid":"b"'),
    "jti null": claim(jti=None),
    "jti a number": claim(jti=1),
    "jti a list": claim(jti=["x"]),
    "iss of somebody else": claim(iss="https://evil.example"),
    "iss with a slash more": claim(iss="https://devapi.withverifa.com/"),
    "iss in capitals": claim(iss="HTTPS://DEVAPI.WITHVERIFA.COM"),
    "iss in a list": claim(iss=["https://devapi.withverifa.com"]),
    "aud of another service": claim(aud="verifa-api"),
    "aud a longer name": claim(aud=AUDIENCE + "-2"),
    "aud empty": claim(aud=""),
    "aud null": claim(aud=None),
    "aud a number": claim(aud=1),
    "aud an object": claim(aud={AUDIENCE: True}),
    "aud an empty list": claim(aud=[]),
    "aud a list of others": claim(aud=["a", "b"]),
    "aud a list with a number": claim(aud=[AUDIENCE, 1]),
    "aud a list in a list": claim(aud=[[AUDIENCE]]),
    "sub twice": with_members('"sub":"admin"'),
    "sub twice, the same": with_members('"sub":"user-1"'),
    "exp twice": with_members('"exp":1'),
    "a foreign claim twice": with_members('"x":1,"x":1'),
    "a name twice, deep": with_members('"x":[{"y":{"a":1,"a":2}}]'),
    "a name twice, once escaped": with_members('"s\\u0075b":"admin"'),
    "a foreign claim with a lone surrogate": with_members('"x":"\\udc00"'),
    "a foreign name with a lone surrogate": with_members('"\\udc00":1'),
    "a foreign claim beyond all bounds": with_members('"x":1e999'),
    "a foreign claim NaN": with_members('"x":NaN'),
    "a foreign claim minus infinity": with_members('"x":-Infinity'),
}
