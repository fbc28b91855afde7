"""The attack list: one row, one token that must be refused, one name. Add a line to try another."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.forge import AUDIENCE, Forge, b64, good_claims, public_jwk

Attack = Callable[[Forge], str | bytes]
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of P-256 (FIPS 186-4 D.1.2.3)
L = 2**252 + 27742317777372353535851937790883648493  # the order of Ed25519's base point (RFC 8032 section 5.1)


def head(**members: Any) -> Attack:
    """Other header members."""
    return lambda f: f.token(header=members)


def claim(**claims: Any) -> Attack:
    """Other claims."""
    return lambda f: f.token(claims=claims)


def without(name: str) -> Attack:
    """A claim left out."""
    return lambda f: f.token(without=(name,))


def at(name: str, offset: int) -> Attack:
    """A time claim, counted from now."""
    return lambda f: f.token(claims={name: f.now + offset})


def payload(text: str | bytes) -> Attack:
    """A payload of exactly this text, well signed."""
    return lambda f: f.sign(json.dumps({"alg": "EdDSA", "kid": "ed"}), text, f.keys["ed"])


def header(text: str | bytes) -> Attack:
    """A header of exactly this text, well signed."""
    return lambda f: f.sign(text, json.dumps(good_claims(f.now)), f.keys["ed"])


def long(length: int) -> Attack:
    """A good token of exactly this many bytes."""

    def forged(f: Forge) -> str:
        for pad in range(4):
            rest = length - len(f.token(header={"pad": "x" * pad}, claims={"x": ""}))
            for size in range(rest * 3 // 4 - 3, rest * 3 // 4 + 3):
                token = f.token(header={"pad": "x" * pad}, claims={"x": "x" * size})
                if len(token) == length:
                    return token
        raise AssertionError(length)

    return forged


def spliced(text: str) -> Attack:
    """Good claims with `text` put in as further members."""
    return lambda f: f.sign(
        json.dumps({"alg": "EdDSA", "kid": "ed"}), json.dumps(good_claims(f.now))[:-1] + "," + text + "}", f.keys["ed"]
    )


def bent(change: Callable[[str, str, str], str]) -> Attack:
    """A good token, its three parts put together in another way."""
    return lambda f: change(*f.token().split("."))


def signature(change: Callable[[bytes], bytes], kid: str = "ed") -> Attack:
    """A good token whose signature was changed."""

    def attack(f: Forge) -> str:
        message, _, text = f.token(kid=kid).rpartition(".")
        return f"{message}.{b64(change(base64.urlsafe_b64decode(text + '==')))}"

    return attack


def twin(part: int) -> Attack:
    """A part whose last character spells the same bytes with other unused bits."""

    def attack(f: Forge) -> str:
        for length in range(3):
            parts = f.token(claims={"pad": "x" * length}, header={"pad": "x" * length}).split(".")
            text, alphabet = parts[part], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            if len(text) % 4:
                parts[part] = text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
                return ".".join(parts)
        raise AssertionError

    return attack


def confused(form: str, kid: str | None = "rs") -> Attack:
    """An HMAC whose secret is the RSA key's public half, which everybody knows (CVE-2015-9256)."""

    def attack(f: Forge) -> str:
        jwk = public_jwk(f.keys["rs"])
        key: Any = jwt.get_algorithm_by_name("RS256").from_jwk(jwk)
        secret = {
            "pem": lambda: key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
            "der": lambda: key.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
            "pkcs1": lambda: key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
            "jwk": lambda: json.dumps(jwk).encode(),
            "n": lambda: base64.urlsafe_b64decode(jwk["n"] + "=="),
        }[form]()
        return f.hmac_token(secret, {"alg": "HS256", **({"kid": kid} if kid else {})})

    return attack


def as_der(raw: bytes) -> bytes:
    """An ECDSA signature in DER instead of r and s side by side (RFC 7518 section 3.4)."""
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def plus_order(raw: bytes) -> bytes:
    """The malleable twin of an Ed25519 signature: S + L (RFC 8032 section 5.1.7)."""
    return raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")


def flipped(position: int) -> Callable[[bytes], bytes]:
    """One bit changed."""
    return lambda raw: raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]


def signed_with(kid: str) -> Attack:
    """A good token, by another key of ours."""
    return lambda f: f.token(kid=kid)


def unsigned(alg: str) -> Attack:
    """A token with no signature, whose header says so."""
    return lambda f: f.token(header={"alg": alg}).rpartition(".")[0] + "."


ALGORITHMS: dict[str, Attack] = {
    **{f"alg {alg}, unsigned": unsigned(alg) for alg in ("none", "None", "NONE", "nOnE", "")},
    **{f"alg {alg}, signed well": head(alg=alg) for alg in ("none", "HS256", "HS512", "RS256", "ES256", "PS256")},
    "alg in lower case": head(alg="eddsa"),
    "alg of another curve": head(alg="ES256K"),
    "alg Ed25519, the new name": head(alg="Ed25519"),
    "alg of an encryption": head(alg="RSA-OAEP"),
    "alg null": head(alg=None),
    "alg true": head(alg=True),
    "alg a number": head(alg=1),
    "alg a list": head(alg=["EdDSA"]),
    "alg an object": head(alg={"EdDSA": 1}),
    "alg with a blank": head(alg="EdDSA "),
    "alg missing": lambda f: f.token(without_header=("alg",)),
    **{f"HMAC with the public key as {form}": confused(form) for form in ("pem", "der", "pkcs1", "jwk", "n")},
    **{
        f"HMAC with the public key as {form}, kid of the secret": confused(form, "hs") for form in ("pem", "der", "jwk")
    },
    "HMAC with the public key as pem, no kid": confused("pem", None),
    "HMAC with an empty secret": lambda f: f.hmac_token(b"", {"alg": "HS256", "kid": "hs"}),
    "HMAC with the kid as secret": lambda f: f.hmac_token(b"hs", {"alg": "HS256", "kid": "hs"}),
    "HMAC with the key's text instead of its bytes": lambda f: f.hmac_token(
        f.keys["hs"]["k"].encode(), {"alg": "HS256", "kid": "hs"}
    ),
    "HMAC with the Ed25519 public key": lambda f: f.hmac_token(
        base64.urlsafe_b64decode(f.keys["ed"]["x"] + "=="), {"alg": "HS256", "kid": "ed"}
    ),
}

KEYS: dict[str, Attack] = {
    "key of a stranger under a known kid": lambda f: f.token(key={**f.foreign, "kid": "ed"}),
    "RS256 under the kid of the ES256 key": lambda f: f.token(kid="rs", header={"kid": "es"}),
    "ES256 under the kid of the RS256 key": lambda f: f.token(kid="es", header={"kid": "rs"}),
    "ES256 under the kid and alg of the RS256 key": lambda f: f.token(kid="es", header={"kid": "rs", "alg": "RS256"}),
    "key of a stranger under its own kid": lambda f: f.token(key=f.foreign),
    "kid of another key of ours": head(kid="es"),
    "kid of another key, its algorithm": head(kid="rs", alg="RS256"),
    "kid of the key that signs elsewhere": head(kid="elsewhere"),
    "kid missing, several keys": lambda f: f.token(without_header=("kid",)),
    "kid null": head(kid=None),
    "kid empty": head(kid=""),
    "kid a number": head(kid=0),
    "kid true": head(kid=True),
    "kid a list": head(kid=["ed"]),
    "kid an object": head(kid={"ed": "ed"}),
    "kid in capitals": head(kid="ED"),
    "kid with a blank": head(kid="ed "),
    "kid with NUL": head(kid="ed\0"),
    "kid a path": head(kid="../../../../dev/null"),
    "kid a query": head(kid="ed' OR '1'='1"),
    "kid very long": head(kid="e" * 2000),
}

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

STRUCTURE: dict[str, Attack] = {
    "nothing": lambda f: "",
    "a word": lambda f: "token",
    "dots": lambda f: "..",
    "header alone": bent(lambda h, p, s: h),
    "two parts": bent(lambda h, p, s: f"{h}.{p}"),
    "two parts and a dot": bent(lambda h, p, s: f"{h}.{p}."),
    "four parts": bent(lambda h, p, s: f"{h}.{p}.{s}.{s}"),
    "five parts, like an encrypted token": bent(lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}"),
    "a dot before": bent(lambda h, p, s: f".{h}.{p}.{s}"),
    "empty header": bent(lambda h, p, s: f".{p}.{s}"),
    "empty payload": bent(lambda h, p, s: f"{h}..{s}"),
    "parts in another order": bent(lambda h, p, s: f"{p}.{h}.{s}"),
    "padding on the header": bent(lambda h, p, s: f"{h}=.{p}.{s}"),
    "padding on the payload": bent(lambda h, p, s: f"{h}.{p}=.{s}"),
    "padding on the signature": bent(lambda h, p, s: f"{h}.{p}.{s}=="),
    "a blank before": bent(lambda h, p, s: f" {h}.{p}.{s}"),
    "a blank inside": bent(lambda h, p, s: f"{h}. {p}.{s}"),
    "a tab inside": bent(lambda h, p, s: f"{h}.{p}.\t{s}"),
    "a line end inside": bent(lambda h, p, s: f"{h}.{p[:9]}\n{p[9:]}.{s}"),
    "a carriage return inside": bent(lambda h, p, s: f"{h}.{p[:9]}\r{p[9:]}.{s}"),
    "NUL at the end": bent(lambda h, p, s: f"{h}.{p}.{s}\0"),
    "quotes around": bent(lambda h, p, s: f'"{h}.{p}.{s}"'),
    "percent-encoded dots": bent(lambda h, p, s: f"{h}%2E{p}%2E{s}"),
    "Bearer before": bent(lambda h, p, s: f"Bearer {h}.{p}.{s}"),
    "the standard alphabet": lambda f: f.token(claims={"x": "??>>??>>~~~"}).replace("_", "/").replace("-", "+"),
    "a plus": bent(lambda h, p, s: f"{h}.{p}.+{s[1:]}"),
    "a letter beyond ASCII": bent(lambda h, p, s: f"{h}.{p}.{s[:-1]}é"),
    "a full-width letter": bent(lambda h, p, s: f"{h}.{p}.Ａ{s[1:]}"),
    "a byte that is no UTF-8": bent(lambda h, p, s: f"{h}.{p}.{s[:-1]}\xff"),
    "a part of a length that spells nothing": bent(lambda h, p, s: f"{h}.{p[: len(p) // 4 * 4 + 1 - 4]}.{s}"),
    "header twin": twin(0),
    "payload twin": twin(1),
    "signature twin": twin(2),
    "one byte too long": long(4097),
    "as long as a header may be": lambda f: f.token(claims={"x": "x" * 9000}),
    "JSON serialisation": bent(lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s})),
    "payload not JSON": payload("session"),
    "payload empty": payload(""),
    "payload a list": payload("[]"),
    "payload a text": payload('"session"'),
    "payload a number": payload("1"),
    "payload null": payload("null"),
    "payload empty object": payload("{}"),
    "payload nested deep": payload('{"x":' + "[" * 1400 + "]" * 1400 + "}"),
    "payload nested 65 deep": spliced('"x":' + '{"x":' * 64 + "1" + "}" * 64),
    "payload a byte order mark": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', b"\xef\xbb\xbf" + json.dumps(good_claims(f.now)).encode(), f.keys["ed"]
    ),
    "payload in UTF-16": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', json.dumps(good_claims(f.now)).encode("utf-16-le"), f.keys["ed"]
    ),
    "payload in UTF-32": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', json.dumps(good_claims(f.now)).encode("utf-32"), f.keys["ed"]
    ),
    "payload deflated, as with zip": lambda f: f.sign('{"alg":"EdDSA","kid":"ed","zip":"DEF"}', b"x\x9c", f.keys["ed"]),
    "payload with two objects": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', json.dumps(good_claims(f.now)) * 2, f.keys["ed"]
    ),
}

SIGNATURES: dict[str, Attack] = {
    "first bit flipped": signature(flipped(0)),
    "another bit flipped": signature(flipped(31)),
    "last bit flipped": signature(flipped(63)),
    "cut by a byte": signature(lambda raw: raw[:-1]),
    "longer by a byte": signature(lambda raw: raw + b"\0"),
    "all zero": signature(lambda raw: bytes(64)),
    "one byte": signature(lambda raw: raw[:1]),
    "Ed25519 S + L": signature(plus_order),
    "Ed25519 R of small order": signature(lambda raw: b"\x01" + bytes(31) + raw[32:]),
    "Ed25519 R and S zero but one": signature(lambda raw: b"\x01" + bytes(63)),
    "Ed25519 halves exchanged": signature(lambda raw: raw[32:] + raw[:32]),
    "ES256 in DER": signature(as_der, "es"),
    "ES256 all zero": signature(lambda raw: bytes(64), "es"),
    "ES256 r zero": signature(lambda raw: bytes(32) + raw[32:], "es"),
    "ES256 s zero": signature(lambda raw: raw[:32] + bytes(32), "es"),
    "ES256 r the order": signature(lambda raw: N.to_bytes(32, "big") + raw[32:], "es"),
    "ES256 r + order cut to size": signature(
        lambda raw: ((int.from_bytes(raw[:32], "big") + N) % 2**256).to_bytes(32, "big") + raw[32:], "es"
    ),
    "ES256 flipped": signature(flipped(40), "es"),
    "ES256 cut": signature(lambda raw: raw[:-1], "es"),
    "RS256 flipped": signature(flipped(100), "rs"),
    "RS256 cut": signature(lambda raw: raw[:-1], "rs"),
    "RS256 with a zero before": signature(lambda raw: b"\0" + raw, "rs"),
    "RS256 zero": signature(lambda raw: bytes(256), "rs"),
    "RS256 one": signature(lambda raw: bytes(255) + b"\1", "rs"),
    "HS256 flipped": signature(flipped(5), "hs"),
    "HS256 cut to half": signature(lambda raw: raw[:16], "hs"),
    "signature of another token": lambda f: f.token().rpartition(".")[0]
    + "." + f.token(claims={"sub": "user-2"}).rpartition(".")[2],
    "claims exchanged under the signature": lambda f: ".".join(
        (f.token().split(".")[0], f.token(claims={"sub": "admin"}).split(".")[1], f.token().split(".")[2])
    ),
}  # fmt: skip

BAD_TEXTS: dict[str, Any] = {
    "null": None, "true": True, "a number": 7, "a list": ["x"], "an object": {"x": 1}, "empty": "",
    "256 characters": "x" * 256, "with NUL": "a\0b", "with a line end": "a\r\nb", "with a tab": "a\tb",
    "with a zero-width blank": "a\u200bb", "with DEL": "a\x7fb", "a fraction": 7.5,
    "with a change of direction": "a\u202eb",
}  # fmt: skip
BAD_TIMES: dict[str, Any] = {
    "null": None, "true": True, "false": False, "a text": "1900000000", "a fraction": 1900000000.5,
    "a whole float": 1900000000.0, "negative": -1, "a list": [1900000000], "an object": {}, "of 400 digits": 10**400,
    "2**53 + 1": 2**53 + 1, "2**63": 2**63,
}  # fmt: skip

CLAIMS: dict[str, Attack] = {
    **{f"{name} missing": without(name) for name in ("iss", "sub", "org", "sid", "aud", "iat", "exp")},
    **{
        f"{name} {kind}": claim(**{name: value})
        for name in ("iss", "sub", "org", "sid")
        for kind, value in BAD_TEXTS.items()
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
    "exp NaN": claim(exp=float("nan")),
    "exp infinite": claim(exp=float("inf")),
    "exp just passed, leeway too": at("exp", -30),
    "exp an hour ago": at("exp", -3600),
    "exp zero": claim(exp=0),
    "iat ahead of the leeway": at("iat", 31),
    "iat a day ahead": at("iat", 86400),
    "nbf ahead of the leeway": at("nbf", 31),
    "auth_time after iat": at("auth_time", -59),
    "auth_time after iat, within the leeway of now": at("auth_time", 10),
    "auth_time longer ago than a session may last": at("auth_time", -2592001),
    "iat longer ago than that, no auth_time": lambda f: f.token(
        claims={"iat": f.now - 2592001}, without=("auth_time",)
    ),
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
    "sub twice": spliced('"sub":"admin"'),
    "sub twice, the same": spliced('"sub":"user-1"'),
    "exp twice": spliced('"exp":1'),
    "a foreign claim twice": spliced('"x":1,"x":1'),
    "a name twice, deep": spliced('"x":[{"y":{"a":1,"a":2}}]'),
    "a name twice, once escaped": spliced('"s\\u0075b":"admin"'),
    "a foreign claim with a lone surrogate": spliced('"x":"\\udc00"'),
    "a foreign name with a lone surrogate": spliced('"\\udc00":1'),
    "a foreign claim beyond all bounds": spliced('"x":1e999'),
    "a foreign claim NaN": spliced('"x":NaN'),
    "a foreign claim minus infinity": spliced('"x":-Infinity'),
}

ATTACKS: dict[str, Attack] = {
    f"{part}: {name}": attack
    for part, rows in {
        "algorithm": ALGORITHMS, "key": KEYS, "header": HEADERS, "structure": STRUCTURE, "signature": SIGNATURES,
        "claim": CLAIMS,
    }.items()
    for name, attack in rows.items()
}  # fmt: skip

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
    "foreign claims nested 64 deep": spliced('"x":' + "[" * 63 + "]" * 63),
    "foreign claims in escapes": spliced('"x":"\\ud83c\\udf89 \\u0000 \\u2028 \\/"'),
    "foreign claims": claim(name="Zoë 🎉", roles=["a", {"b": [1, 2.5, None, True]}], big=2**70),
    "4,096 bytes": long(4096),
}
