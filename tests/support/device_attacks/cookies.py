"""What is presented in the place of a bound session's device cookie."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.device import Bound
from tests.support.device_attacks.made import COOKIE_TYPE, challenge, cookie, foreign
from tests.support.service import Service

# The values of the cookie, of the service and a session that is bound.
Presented = Callable[[Service, Bound], list[str]]


def of(*make: Callable[[Service, Bound], str]) -> Presented:
    """So many cookies."""
    return lambda service, bound: [each(service, bound) for each in make]


def a_proof(service: Service, bound: Bound) -> str:
    """A proof is no cookie."""
    return bound.device.proof(challenge(service), registers=False)


COOKIES: dict[str, Presented] = {
    "no device cookie": of(),
    "empty": of(lambda service, bound: ""),
    "no token": of(lambda service, bound: "abc"),
    "of another key": of(lambda service, bound: foreign(COOKIE_TYPE, jkt=bound.session_id.rpartition(".")[2])),
    "of another session": of(lambda service, bound: cookie(service, bound, sid="session-2")),
    "of another user": of(lambda service, bound: cookie(service, bound, sub="user-2")),
    "of another organisation": of(lambda service, bound: cookie(service, bound, org="org-2")),
    "of another audience": of(lambda service, bound: cookie(service, bound, aud="other-dashboard")),
    "of another issuer": of(lambda service, bound: cookie(service, bound, iss="https://other.example")),
    "of another device": of(lambda service, bound: cookie(service, bound, jkt="A" * 43)),
    "of no device": of(lambda service, bound: cookie(service, bound, jkt=None)),
    "expired": of(lambda service, bound: cookie(service, bound, exp=int(time.time()) - 31)),
    "without an end": of(lambda service, bound: cookie(service, bound, exp=None)),
    "of type JWT": of(lambda service, bound: cookie(service, bound, "JWT")),
    "a challenge": of(lambda service, bound: bound.challenge),
    "a session token": of(lambda service, bound: bound.token),
    "a session token that names the device": of(lambda service, bound: cookie(service, bound, "vk-session+jwt")),
    "a proof": of(a_proof),
    "changed": of(lambda service, bound: bound.cookie[:-4] + "AAAA"),
    "four that are wrong": of(*[lambda service, bound, n=n: cookie(service, bound, jkt=str(n)) for n in range(4)]),
    "five, one of them good": of(*[lambda service, bound, n=n: cookie(service, bound, n=n) for n in range(5)]),
}
