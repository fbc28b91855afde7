"""Attacks on the token's header: members that tell how to verify it, types, JSON that is none."""

from __future__ import annotations

from tests.support.attacks.changes import Attack, head, header
from tests.support.tokens import public_jwk

HEADERS: dict[str, Attack] = {
    "crit with an unknown member": head(crit=["exp"]),
    "crit empty": head(crit=[]),
    "crit null": head(crit=None),
    "jku": head(jku="https://evil.example/jwks.json"),
    "jwk, the stranger's own, signed with it": lambda f: f.token(
        key={**f.foreign, "kid": "ed"}, header={"jwk": public_jwk(f.foreign)}
    ),
    "jwk of our own key": lambda f: f.token(header={"jwk": public_jwk(f.keys["ed"])}),
    "x5u": head(x5u="https://evil.example/cert.pem"),
    "x5c": head(x5c=["MIIB"]),
    "b64 false": head(b64=False, crit=["b64"]),
    "b64 true": head(b64=True),
    "typ of an access token": head(typ="at+jwt"),
    "typ of a logout token": head(typ="logout+jwt"),
    "typ of a security event": head(typ="secevent+jwt"),
    "typ of an id token, empty": head(typ=""),
    "typ in lower case": head(typ="jwt"),
    "typ with application/": head(typ="application/vk-session+jwt"),
    "typ null": head(typ=None),
    "typ a number": head(typ=1),
    "typ a list": head(typ=["JWT"]),
    "header alg twice": header('{"alg":"EdDSA","kid":"ed","alg":"EdDSA"}'),
    "header kid twice": header('{"alg":"EdDSA","kid":"ed","kid":"ed"}'),
    "header name twice, deep": header('{"alg":"EdDSA","kid":"ed","x":{"a":1,"a":1}}'),
    "header not JSON": header("EdDSA"),
    "header a list": header('["EdDSA"]'),
    "header a text": header('"EdDSA"'),
    "header null": header("null"),
    "header empty object": header("{}"),
    "header with a comment": header('{"alg":"EdDSA","kid":"ed"} // hi'),
    "header with a byte order mark": header(b'\xef\xbb\xbf{"alg":"EdDSA","kid":"ed"}'),
    "header in UTF-16": header('{"alg":"EdDSA","kid":"ed"}'.encode("utf-16")),
    "header not UTF-8": header(b'{"alg":"EdDSA","kid":"ed","x":"\xff"}'),
    "header with a lone surrogate": header('{"alg":"EdDSA","kid":"ed","x":"\\ud800"}'),
    "header with NaN": header('{"alg":"EdDSA","kid":"ed","x":NaN}'),
    "header cut off": header('{"alg":"EdDSA","kid":"ed"'),
    "header nested 65 deep": header('{"alg":"EdDSA","kid":"ed","x":' + "[" * 64 + "]" * 64 + "}"),
    "header nested deep": header('{"alg":"EdDSA","kid":"ed","x":' + "[" * 1200 + "]" * 1200 + "}"),
}
