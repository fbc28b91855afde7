"""Attacks on device binding: each is refused for the reason that it is about, and what is good beside it is not."""

from __future__ import annotations

import pytest

from tests.support.device import CHALLENGE, bind, refresh
from tests.support.device_attacks import CHALLENGED, COOKIES, REGISTRATIONS, RENEWALS
from tests.support.in_process_client import InProcess

NOT_A_PROOF, NOT_A_KEY = "device: not a proof by ES256", "device: not a public key for ES256"
SIGNATURE, OWN_KEY = "device: the proof's signature does not match", "device: a proof with a key of its own"
# By the first words of a row's name: how its reason begins. A row refused for another reason tests something else.
REASONS = {
    "alg none, signed": NOT_A_PROOF,
    "alg none": "token: ",  # unsigned, it has no third part
    "alg": NOT_A_PROOF,
    "typ": NOT_A_PROOF,
    **dict.fromkeys(("crit", "jku", "x5c", "b64"), "device: header member that is not allowed"),
    "key of another device": SIGNATURE,
    "key that is malformed": "device: the session is not bound",
    "key": NOT_A_KEY,
    "no key": NOT_A_KEY,
    "signature cut off": "",  # whether what is left is canonical base64url is chance
    "signature": SIGNATURE,
    "another device, with its key": OWN_KEY,
    "the device, with its key": OWN_KEY,
    "another device": SIGNATURE,
    "claims a list": "device: claims are not a JSON object",
    "challenge with a lone surrogate": "device: claims are not a JSON object",
    **dict.fromkeys(("no challenge", "challenge a "), "device: a proof without a challenge"),
    "challenge": "device: no live challenge of this session",
    "a page of another site": "origin: ",
    **dict.fromkeys(("a page", "no mode", "a mode"), "device: not a call of the browser's own"),
    "a session that is bound": "device: the session is bound already",
    **dict.fromkeys(("an id", "session that is not bound"), "device: the session is not bound"),
    "id": "device: not the session of this cookie",
    "an expired session": "claim exp: expired",
    "five": "cookie: more than 4 values",
    "": "token: ",
}


@pytest.fixture(scope="module")
def service():
    return InProcess()


@pytest.fixture(scope="module")
def bound(service):
    return bind(service, service.sign())


def because(name):
    return next(reason for words, reason in REASONS.items() if name.startswith(words))


def test_the_lists_are_long():
    """At least 110 rows, of them 70 registrations and 20 device cookies."""
    assert len(REGISTRATIONS) >= 70
    assert len(COOKIES) >= 20
    assert len(REGISTRATIONS) + len(RENEWALS) + len(CHALLENGED) + len(COOKIES) >= 110


ROWS = [*REGISTRATIONS.items(), *RENEWALS.items()]


@pytest.mark.parametrize(("name", "attack"), ROWS, ids=[name for name, _ in ROWS])
def test_device_is_not_believed(name, attack, service, bound):
    """401, or 403 for a page's call, without a cookie and without a challenge."""
    reply = attack(service, bound, service.sign())
    assert service.reason.startswith(because(name)), service.reason
    page = because(name).startswith(("origin: ", "device: not a call"))
    assert reply.status == (403 if page else 401)
    assert not reply.all("set-cookie")
    assert not reply.all(CHALLENGE)


@pytest.mark.parametrize("name", CHALLENGED)
def test_device_must_sign_something_new(name, service, bound):
    """A good proof of a challenge that is none any more: 403 with a new one, without a cookie."""
    reply = CHALLENGED[name](service, bound, "")
    assert (reply.status, service.reason, reply.all("set-cookie")) == (403, "device: challenged", [])
    assert reply.header(CHALLENGE)


@pytest.mark.parametrize("name", COOKIES)
def test_nothing_takes_the_place_of_the_device_cookie(name, service, bound):
    """Neither for a refresh nor for what a proxy asks, of the bound or of all sessions."""
    cookies = COOKIES[name](service, bound)
    for query in (None, "if-bound", "required"):
        reply = (
            refresh(service, bound.token, *cookies) if query is None else service.verify(bound.token, query, *cookies)
        )
        assert (reply.status, reply.all("set-cookie")) == (401, [])
        assert service.reason.startswith(("device: no live cookie", because("five")))
