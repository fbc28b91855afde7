"""Calls for a new device cookie that get none."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.device import FORGE, Bound, Device, call
from tests.support.device_attacks.made import CHALLENGE_TYPE, Attack, challenge, foreign
from tests.support.service import Service


def renewal(make: Callable[[Service, Bound], str | None], session_id: Callable[[Bound], str] | None = None) -> Attack:
    """A call for a new device cookie, with this proof, and this id in the place of the session's."""
    return lambda service, bound, _: call(
        service, bound.token, proof=make(service, bound), session_id=(session_id or (lambda b: b.session_id))(bound)
    )


def good(service: Service, bound: Bound) -> str:
    """A good proof for a new device cookie."""
    return bound.device.proof(challenge(service), registers=False)


RENEWALS: dict[str, Attack] = {
    "another device": renewal(lambda service, bound: Device().proof(challenge(service), registers=False)),
    "another device, with its key": renewal(lambda service, bound: Device().proof(challenge(service))),
    "the device, with its key": renewal(lambda service, bound: bound.device.proof(challenge(service))),
    "alg of another": renewal(
        lambda service, bound: bound.device.proof(challenge(service), {"alg": "ES384"}, registers=False)
    ),
    "typ of another": renewal(
        lambda service, bound: bound.device.proof(challenge(service), {"typ": "JWT"}, registers=False)
    ),
    "no challenge": renewal(lambda service, bound: bound.device.proof(None, registers=False)),
    "no JWT": renewal(lambda service, bound: "abc"),
    "claims a list": renewal(
        lambda service, bound: FORGE.sign('{"alg":"ES256","typ":"dbsc+jwt"}', "[]", bound.device.key)
    ),
    "id of another session": renewal(good, lambda bound: "session-2." + bound.session_id.partition(".")[2]),
    "id of another device": renewal(good, lambda bound: bound.session_id[:-4] + "AAAA"),
    "id in other letters": renewal(good, lambda bound: bound.session_id.swapcase()),
    "id cut off": renewal(good, lambda bound: bound.session_id[:-1]),
    "id quoted twice": renewal(good, lambda bound: f'""{bound.session_id}""'),
    "id given twice": lambda service, bound, _: call(
        service,
        bound.token,
        f"Sec-Secure-Session-Id: {bound.session_id}",
        proof=good(service, bound),
        session_id=bound.session_id,
    ),
    "session that is not bound": lambda service, bound, token: call(
        service, token, proof=good(service, bound), session_id=bound.session_id
    ),
    "key that is malformed": lambda service, bound, _: call(
        service, service.sign(cnf={"jwk": {"kty": "EC"}}), proof=good(service, bound), session_id=bound.session_id
    ),
}
# The browser is asked to sign something new.
CHALLENGED: dict[str, Attack] = {
    "no proof": renewal(lambda service, bound: None),
    "challenge expired": renewal(
        lambda service, bound: bound.device.proof(challenge(service, exp=int(time.time()) - 31), registers=False)
    ),
    "challenge of another session": renewal(
        lambda service, bound: bound.device.proof(challenge(service, sid="session-2"), registers=False)
    ),
    "challenge of a key that is gone": renewal(
        lambda service, bound: bound.device.proof(foreign(CHALLENGE_TYPE), registers=False)
    ),
    "challenge that is no token": renewal(lambda service, bound: bound.device.proof("abc", registers=False)),
}
