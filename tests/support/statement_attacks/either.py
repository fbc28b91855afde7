"""Attacks on either endpoint: what no signed statement may be."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from tests.support.attacks.signature import as_der
from tests.support.providers import CLIENT, IDP, OTHER_IDP, SECOND_CLIENT, Provider
from tests.support.statement_attacks.rows import Row, at, claim, head, rearranged, without
from tests.support.tokens import AUDIENCE, ISSUER, b64, public_jwk

BAD_TEXTS: dict[str, Any] = {
    "null": None, "a number": 7, "true": True, "empty": "", "256 characters": "x" * 256, "with a line end": "a\nb",
    "an object": {"x": 1},
}  # fmt: skip
BAD_TIMES: dict[str, Any] = {
    "null": None, "true": True, "a text": "1900000000", "negative": -1, "of 400 digits": 10**400,
}  # fmt: skip
BAD_EVENTS: dict[str, Any] = {
    "null": None, "a list": [], "empty": {}, "a text": "x", "of texts": {"x": "y"}, "of nulls": {"x": None},
    "of lists": {"x": [{}]},
}  # fmt: skip


def hmac_with_public_key(form: str) -> Row:
    """Algorithm confusion: an HMAC whose secret is the provider's public key (CVE-2015-9256)."""

    def attack(p: Provider) -> str:
        jwk = public_jwk(p.keys["rs"])
        key: Any = jwt.get_algorithm_by_name("RS256").from_jwk(jwk)
        secret = {
            "pem": key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            "jwk": json.dumps(jwk).encode(),
        }[form]
        head = {"alg": "HS256", "kid": "rs", "typ": p.typ}
        message = ".".join(b64(json.dumps(part).encode()) for part in (head, p.base(p.now)))
        return f"{message}.{b64(hmac.digest(secret, message.encode(), 'sha256'))}"

    return attack


def changed_signature(kid: str, change: Any) -> Row:
    """A good statement whose signature was changed."""

    def attack(p: Provider) -> str:
        message, _, text = p.token(kid=kid).rpartition(".")
        return f"{message}.{b64(change(base64.urlsafe_b64decode(text + '==')))}"

    return attack


EITHER: dict[str, Row] = {
    "malformed: nothing": lambda p: "",
    "malformed: two parts": rearranged(lambda h, c, s: f"{h}.{c}"),
    "malformed: four parts": rearranged(lambda h, c, s: f"{h}.{c}.{s}.{s}"),
    "malformed: five parts, as if encrypted": rearranged(lambda h, c, s: f"{h}..{c}.{s}.{s}"),
    "malformed: padding": rearranged(lambda h, c, s: f"{h}.{c}.{s}=="),
    "malformed: a blank before": rearranged(lambda h, c, s: f" {h}.{c}.{s}"),
    "malformed: a line end behind": rearranged(lambda h, c, s: f"{h}.{c}.{s}\n"),
    "malformed: not ASCII": rearranged(lambda h, c, s: f"{h}.{c}.{s[:-1]}é"),
    "malformed: JSON serialisation": rearranged(
        lambda h, c, s: json.dumps({"protected": h, "payload": c, "signature": s})
    ),
    "malformed: 16,385 bytes": lambda p: p.token().ljust(16_385, "A"),
    "malformed: unsigned, no third part": rearranged(lambda h, c, s: f"{h}.{c}."),
    "malformed: header a list": lambda p: p.sign('["ES256"]', json.dumps(p.base(p.now)), p.keys["es"]),
    "malformed: header alg twice": lambda p: p.sign(
        '{"alg":"none","kid":"es","alg":"ES256"}', json.dumps(p.base(p.now)), p.keys["es"]
    ),
    "malformed: header crit": head(crit=["exp"]),
    "malformed: header jku": head(jku="https://evil.example/jwks.json"),
    "malformed: header jwk, signed with it": lambda p: p.token(
        key={**p.foreign, "kid": "es"}, header={"jwk": public_jwk(p.foreign)}
    ),
    "malformed: header x5u": head(x5u="https://evil.example/cert.pem"),
    "malformed: header x5c": head(x5c=["MIIB"]),
    "malformed: header b64": head(b64=True),
    "malformed: header kid null": head(kid=None),
    "malformed: typ of a session token": head(typ="vk-session+jwt"),
    "malformed: typ of an access token": head(typ="at+jwt"),
    "malformed: typ in lower case": head(typ="jwt"),
    "malformed: typ null": head(typ=None),
    "malformed: typ a list": head(typ=["JWT"]),
    "malformed: claims a list": lambda p: p.payload("[]"),
    "malformed: claims not JSON": lambda p: p.payload("logout"),
    "malformed: claims in UTF-16": lambda p: p.payload(json.dumps(p.base(p.now)).encode("utf-16")),
    "malformed: claims nested 65 deep": lambda p: p.with_members('"x":' + "[" * 64 + "]" * 64),
    "malformed: iss twice": lambda p: p.with_members(f'"iss":"{IDP}"'),
    "malformed: an event twice": lambda p: p.with_members('"events":{"x":{}}'),
    "malformed: a lone surrogate": lambda p: p.with_members('"x":"\\ud800"'),
    "malformed: a number NaN": claim(x=float("nan")),
    "malformed: a number beyond all bounds": lambda p: p.with_members('"x":1e999'),
    **{f"malformed: {name} missing": without(name) for name in ("iss", "aud", "iat", "jti", "events")},
    **{f"malformed: iss {kind}": claim(iss=value) for kind, value in BAD_TEXTS.items()},
    **{f"malformed: jti {kind}": claim(jti=value) for kind, value in BAD_TEXTS.items()},
    **{f"malformed: {name} {kind}": claim(**{name: value})
       for name in ("iat", "exp", "nbf") for kind, value in BAD_TIMES.items()},
    **{f"malformed: events {kind}": claim(events=value) for kind, value in BAD_EVENTS.items()},
    "malformed: aud a number": claim(aud=1),
    "malformed: aud a list with a number": claim(aud=[CLIENT, 1]),
    "malformed: aud an object": claim(aud={CLIENT: True}),
    "malformed: iat more than 5 minutes ago": at("iat", -331),
    "malformed: iat more than 5 minutes ahead": at("iat", 331),
    "malformed: exp just passed, leeway too": at("exp", -30),
    "malformed: nbf ahead of the leeway": at("nbf", 31),
    "malformed: nonce": claim(nonce="n-1"),
    "malformed: nonce null": claim(nonce=None),
    "untrusted: iss unknown": claim(iss="https://evil.example"),
    "untrusted: iss with a slash more": claim(iss=IDP + "/"),
    "untrusted: iss in capitals": claim(iss=IDP.upper()),
    "untrusted: iss of another provider": claim(iss=OTHER_IDP),
    "untrusted: iss of the session tokens": claim(iss=ISSUER, aud=AUDIENCE),
    "untrusted: signed by another provider": lambda p: p.token(key=p.other),
    "untrusted: signed by another provider, under our kid": lambda p: p.token(key={**p.other, "kid": "es"}),
    "untrusted: aud of another client": claim(aud="somebody"),
    "untrusted: aud a longer name": claim(aud=CLIENT + "-2"),
    "untrusted: aud empty": claim(aud=""),
    "untrusted: aud an empty list": claim(aud=[]),
    "untrusted: aud of the session tokens": claim(aud=AUDIENCE),
    "untrusted: aud two clients of ours": claim(aud=[CLIENT, SECOND_CLIENT]),
    "untrusted: key of a stranger": lambda p: p.token(key=p.foreign),
    "untrusted: key of a stranger under a known kid": lambda p: p.token(key={**p.foreign, "kid": "es"}),
    "untrusted: kid missing, several keys": lambda p: p.token(without_header=("kid",)),
    "untrusted: kid of another key": head(kid="ed"),
    "untrusted: kid of the key for encryption": head(kid="enc"),
    "untrusted: kid a number": head(kid=0),
    "untrusted: kid a path": head(kid="../../../dev/null"),
    **{f"untrusted: alg {alg}, signed well": head(alg=alg) for alg in ("none", "None", "HS256", "PS256", "RS512", "EdDSA")},
    "untrusted: alg missing": lambda p: p.token(without_header=("alg",)),
    **{f"untrusted: HMAC with the public key, {form}": hmac_with_public_key(form) for form in ("pem", "jwk")},
    "untrusted: RS256 under the kid of the ES256 key": lambda p: p.token(kid="rs", header={"kid": "es"}),
    "untrusted: ES256 under the kid and alg of the RS256 key": lambda p: p.token(
        kid="es", header={"kid": "rs", "alg": "RS256"}
    ),
    "untrusted: signature flipped": changed_signature("es", lambda raw: raw[:9] + bytes([raw[9] ^ 1]) + raw[10:]),
    "untrusted: signature cut": changed_signature("rs", lambda raw: raw[:-1]),
    "untrusted: signature zero": changed_signature("rs", lambda raw: bytes(256)),
    "untrusted: ES256 all zero": changed_signature("es", lambda raw: bytes(64)),
    "untrusted: ES256 in DER": changed_signature("es", as_der),
    "untrusted: claims exchanged under the signature": lambda p: ".".join(
        (p.token().split(".")[0], p.token(claims={"jti": "2"}).split(".")[1], p.token().split(".")[2])
    ),
}  # fmt: skip
