"""Good tokens, however odd: they must be accepted, so that nobody passes the attacks by refusing everything."""

from __future__ import annotations

import json

from tests.support.attacks.changes import Attack, at, claim, head, of_length, with_members
from tests.support.tokens import AUDIENCE, Forge, good_claims


def signed_with(kid: str) -> Attack:
    """A good token, by another key of ours."""
    return lambda f: f.token(kid=kid)


def with_exponent(f: Forge) -> str:
    """A good token whose `exp` is written with an exponent."""
    claims = json.dumps(good_claims(f.now)).replace(str(f.now + 28740), f"{(f.now + 28740) / 10**9}e9")
    return f.sign('{"alg":"EdDSA","kid":"ed"}', claims, f.keys["ed"])


LONGEST = "4,084 bytes"

# What must be let in, so that the list above cannot be passed by refusing everything.
ACCEPTED: dict[str, Attack] = {
    "as it is": lambda f: f.token(),
    **{f"signed with {kid}": signed_with(kid) for kid in ("ed", "es", "rs", "hs")},
    "signed elsewhere, public key known": lambda f: f.token(key=f.elsewhere),
    "no typ": lambda f: f.token(without_header=("typ",)),
    "typ JWT": head(typ="JWT"),
    "an unknown header member": head(cty="x", x=[1, {"y": 2}]),
    "aud a list": claim(aud=["other", AUDIENCE]),
    "exp at the end of the leeway": at("exp", -29),
    "iat at the end of the leeway": at("iat", 30),
    "nbf at the end of the leeway": at("nbf", 30),
    "auth_time equal to iat": at("auth_time", -60),
    "auth_time as long ago as a session may last": at("auth_time", -2592000),
    "auth_time as long ago as its session_max_age": claim(session_max_age=3600),
    "a session_max_age that loosens nothing": claim(session_max_age=2**53),
    "iat as long ago as its session_idle": lambda f: f.token(claims={"iat": f.now - 600, "session_idle": 600}),
    "a session_idle that loosens nothing": claim(session_idle=2**53),
    "of a session of the identity provider": claim(idp_iss="https://idp.example", idp_sid="é" * 255),
    "idp_iss without idp_sid": claim(idp_iss="https://idp.example"),
    "idp_sid without idp_iss": claim(idp_sid="x"),
    "no auth_time, no jti": lambda f: f.token(without=("auth_time", "jti")),
    "255 characters": claim(sub="x" * 255, sid="é" * 255),
    "jti empty": claim(jti=""),
    "foreign claims nested 64 deep": with_members('"x":' + "[" * 63 + "]" * 63),
    "foreign claims in escapes": with_members('"x":"\\ud83c\\udf89 \\u0000 \\u2028 \\/"'),
    "foreign claims": claim(name="Zoë 🎉", roles=["a", {"b": [1, 2.5, None, True]}], big=2**70),
    "exp a fraction": at("exp", 28740.5),
    "exp a whole float": at("exp", 28740.0),
    "exp with an exponent": with_exponent,
    "iat a fraction": at("iat", -59.5),
    "iat a whole float": at("iat", -60.0),
    "iat a fraction, no auth_time": lambda f: f.token(claims={"iat": f.now - 59.5}, without=("auth_time",)),
    "nbf a fraction": at("nbf", -0.5),
    "nbf minus zero": claim(nbf=-0.0),
    "auth_time a fraction": at("auth_time", -3600.25),
    "auth_time a whole float": at("auth_time", -3600.0),
    "alg Ed25519, the new name": head(alg="Ed25519"),
    LONGEST: of_length(4084),
}

# By a token's name: good ones, but for a clock that is wrong, ours or the login service's. They are a 503.
FROM_THE_FUTURE: dict[str, Attack] = {
    "iat ahead of the leeway": at("iat", 31),
    "iat a day ahead": at("iat", 86400),
    "iat a fraction ahead of the leeway": at("iat", 30.5),
    "nbf ahead of the leeway": at("nbf", 31),
    "auth_time ahead of the leeway": at("auth_time", 31),
    "all of them two hours ahead": lambda f: f.token(
        claims={"iat": f.now + 7200, "nbf": f.now + 7200, "auth_time": f.now + 7200}
    ),
}
