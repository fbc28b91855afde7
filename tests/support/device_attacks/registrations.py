"""Registrations that bind nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.device import Bound, Device, call, encoded, offered
from tests.support.device_attacks.made import CHALLENGE_TYPE, COOKIE_TYPE, Attack, challenge, foreign
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.tokens import b64


def proof(make: Callable[[Device, str], str], **options: Any) -> Attack:
    """A registration whose proof `make` makes, of a challenge that is good."""

    def attack(service: Service, _: Bound, token: str) -> Reply:
        return call(service, token, proof=make(Device(), offered(service.refresh(token))), **options)

    return attack


def of(make: Callable[[Service], Any]) -> Attack:
    """A registration with a good proof of something else than our challenge."""
    return lambda service, _, token: call(service, token, proof=Device().proof(make(service)))


def jwk(change: Callable[[Device], Any]) -> Attack:
    """A registration whose proof has another key in its header."""
    return proof(lambda device, text: device.proof(text, {"jwk": change(device)}))


def without(device: Device, name: str) -> dict[str, Any]:
    return {member: value for member, value in device.jwk.items() if member != name}


def _public_secret(device: Device, text: str) -> str:
    secret = {"kty": "oct", "k": b64(json.dumps(device.jwk).encode()), "alg": "HS256", "kid": "x"}
    return device.proof(text, {"alg": "HS256"}, key=secret)


def _twice(service: Service, _: Bound, token: str) -> Reply:
    device = Device()
    made = device.proof(offered(service.refresh(token)))
    return call(service, token, f"Secure-Session-Response: {made}", proof=made)


REGISTRATIONS: dict[str, Attack] = {
    "no proof": lambda service, _, token: call(service, token),
    "an empty proof": proof(lambda device, text: ""),
    "no JWT": proof(lambda device, text: "abc"),
    "two parts": proof(lambda device, text: device.proof(text).rpartition(".")[0]),
    "two proofs": _twice,
    "quoted twice": proof(lambda device, text: f'""{device.proof(text)}""'),
    "half a quote": proof(lambda device, text: f'"{device.proof(text)}'),
    "something behind it": proof(lambda device, text: device.proof(text) + ";a=1"),
    "too long": proof(lambda device, text: device.proof(text, claims={"more": "x" * 5000})),
    "alg none": proof(
        lambda device, text: (
            f"{encoded({'alg': 'none', 'typ': 'dbsc+jwt', 'jwk': device.jwk})}.{encoded({'jti': text})}."
        )
    ),
    "alg none, signed": proof(lambda device, text: device.proof(text, {"alg": "none"})),
    "alg of HMAC, by the public key": proof(_public_secret),
    "alg RS256": proof(lambda device, text: device.proof(text, {"alg": "RS256"})),
    "alg EdDSA": proof(lambda device, text: device.proof(text, {"alg": "EdDSA"})),
    "alg missing": proof(lambda device, text: device.proof(text, {"alg": None})),
    "typ missing": proof(lambda device, text: device.proof(text, {"typ": None})),
    "typ JWT": proof(lambda device, text: device.proof(text, {"typ": "JWT"})),
    "typ in capitals": proof(lambda device, text: device.proof(text, {"typ": "DBSC+JWT"})),
    "typ of a session token": proof(lambda device, text: device.proof(text, {"typ": "vk-session+jwt"})),
    "crit": proof(lambda device, text: device.proof(text, {"crit": ["exp"]})),
    "jku": proof(lambda device, text: device.proof(text, {"jku": "https://evil.example"})),
    "x5c": proof(lambda device, text: device.proof(text, {"x5c": ["MIIC"]})),
    "b64": proof(lambda device, text: device.proof(text, {"b64": False})),
    "no key": proof(lambda device, text: device.proof(text, registers=False)),
    "key a text": jwk(lambda device: "key"),
    "key a list": jwk(lambda device: [device.jwk]),
    "key of Ed25519": jwk(lambda device: device.public("EdDSA")),
    "key of RSA": jwk(lambda device: device.public("RS256")),
    "key of P-384": jwk(lambda device: {**device.jwk, "crv": "P-384"}),
    "key without kty": jwk(lambda device: without(device, "kty")),
    "key without crv": jwk(lambda device: without(device, "crv")),
    "key without y": jwk(lambda device: without(device, "y")),
    "key with its private part": jwk(lambda device: {**device.jwk, "d": device.key["d"]}),
    "key for another algorithm": jwk(lambda device: {**device.jwk, "alg": "ES384"}),
    "key for encryption": jwk(lambda device: {**device.jwk, "use": "enc"}),
    "key not on the curve": jwk(lambda device: {**device.jwk, "y": device.jwk["x"]}),
    "key with padding": jwk(lambda device: {**device.jwk, "x": device.jwk["x"] + "="}),
    "key too short": jwk(lambda device: {**device.jwk, "x": device.jwk["x"][:-4]}),
    "key with numbers": jwk(lambda device: {**device.jwk, "x": 1}),
    "key of another device": jwk(lambda device: Device().jwk),
    "signature of another device": proof(lambda device, text: device.proof(text, key=Device().key)),
    "signature cut off": proof(lambda device, text: device.proof(text)[:-8]),
    "signature of another proof": proof(
        lambda device, text: device.proof(text).rpartition(".")[0] + "." + device.proof("x").rpartition(".")[2]
    ),
    "no challenge": proof(lambda device, text: device.proof(None)),
    "challenge a number": of(lambda service: 1),
    "challenge a list": of(lambda service: [challenge(service)]),
    "challenge empty": of(lambda service: ""),
    "challenge not ASCII": of(lambda service: "ü"),
    "challenge with a lone surrogate": of(lambda service: "\ud800"),
    "challenge of another session": of(lambda service: challenge(service, sid="session-2")),
    "challenge of another user": of(lambda service: challenge(service, sub="user-2")),
    "challenge of another organisation": of(lambda service: challenge(service, org="org-2")),
    "challenge of another issuer": of(lambda service: challenge(service, iss="https://other.example")),
    "challenge of another audience": of(lambda service: challenge(service, aud="other-dashboard")),
    "challenge without a session": of(lambda service: challenge(service, sid=None)),
    "challenge expired": of(lambda service: challenge(service, exp=int(time.time()) - 31)),
    "challenge without an end": of(lambda service: challenge(service, exp=None)),
    "challenge whose end is a text": of(lambda service: challenge(service, exp="9999999999")),
    "challenge without a type": of(lambda service: challenge(service, None)),
    "challenge of type JWT": of(lambda service: challenge(service, "JWT")),
    "challenge that is a session token": of(lambda service: service.sign()),
    "challenge that is a device cookie": of(lambda service: challenge(service, COOKIE_TYPE, jkt="x")),
    "challenge of another service": of(lambda service: foreign(CHALLENGE_TYPE)),
    "challenge with something behind it": of(lambda service: challenge(service) + "A"),
    "a page's script": proof(lambda device, text: device.proof(text), by_browser=("Sec-Fetch-Mode: cors",)),
    "a page's navigation": proof(lambda device, text: device.proof(text), by_browser=("Sec-Fetch-Mode: navigate",)),
    "no mode": proof(lambda device, text: device.proof(text), by_browser=()),
    "a mode given twice": proof(lambda device, text: device.proof(text), by_browser=("Sec-Fetch-Mode: no-cors",) * 2),
    "a page of another site": proof(
        lambda device, text: device.proof(text),
        by_browser=("Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"),
    ),
    "a session that is bound": lambda service, bound, _: call(
        service, bound.token, proof=bound.device.proof(challenge(service))
    ),
    "a session that is bound, another device": lambda service, bound, _: call(
        service, bound.token, proof=Device().proof(challenge(service))
    ),
    "no session": lambda service, _, token: call(service, "", proof=Device().proof(challenge(service))),
    "an expired session": lambda service, _, token: call(
        service, service.sign(iat=1000, exp=2000), proof=Device().proof(challenge(service))
    ),
    "an id of nobody's": proof(lambda device, text: device.proof(text), session_id="session-1.x"),
}
