"""Good tokens, however odd: they must be accepted, so that nobody passes the attacks by refusing everything."""

from __future__ import annotations

from tests.support.attacks.changes import Attack, at, claim, head, of_length, with_members
from tests.support.tokens import AUDIENCE


def signed_with(kid: str) -> Attack:
    """A good token, by another key of ours."""
    return lambda f: f.token(kid=kid)


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
    "no auth_time, no jti": lambda f: f.token(without=("auth_time", "jti")),
    "255 characters": claim(sub="x" * 255, sid="é" * 255),
    "jti empty": claim(jti=""),
    "foreign claims nested 64 deep": with_members('"x":' + "[" * 63 + "]" * 63),
    "foreign claims in escapes": with_members('"x":"\\ud83c\\udf89 \\u0000 \\u2028 \\/"'),
    "foreign claims": claim(name="Zoë 🎉", roles=["a", {"b": [1, 2.5, None, True]}], big=2**70),
    "4,096 bytes": of_length(4096),
}
