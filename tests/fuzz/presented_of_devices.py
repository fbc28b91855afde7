"""What the requests of a pass present of a device: sessions that are bound, device cookies, proofs."""

from __future__ import annotations

import time

from tests.fuzz.presented import ORIGIN, Presented, bad, good
from tests.support.device import PROOF, SESSION_ID, Bound, Device, bind
from tests.support.device_attacks.made import challenge
from tests.support.service import Service
from tests.support.waiting import wait_for


def good_beside_bound(service: Service) -> Presented:
    """A session that is offered to be bound, and one that is."""
    bound = bind(service, service.sign())
    return [
        {"Cookie": service.login()},
        {"Cookie": service.login(), "Origin": ORIGIN},
        {"Cookie": bound.token, "Device": bound.cookie},
    ]


def verified(service: Service) -> Presented:
    """As good(); then whatever is asked about its device, for a session that is bound."""
    bound = bind(service, service.sign())
    unasked = [each | {"bound": None} for each in good(service)]
    return [
        *unasked,
        {"Cookie": service.login(), "bound": "if-bound"},
        {"Cookie": bound.token, "bound": None},
        {"Cookie": bound.token, "Device": bound.cookie},
    ]


def not_verified(service: Service) -> Presented:
    """As bad(); then sessions that are not on their device, where that is asked."""
    bound = bind(service, service.sign())
    # If the browser tells that it could not renew the cookie, the response is a 503.
    elsewhere: dict[str, str | None] = {"Cookie": bound.token, "Secure-Session-Skipped": None}
    return [
        *bad(service),
        {"Cookie": service.login(), "bound": "required"},
        elsewhere | {"bound": "if-bound"},
        elsewhere | {"bound": "required", "Device": bound.challenge},
    ]


def registration(service: Service) -> dict[str, str | None]:
    """What binds a session, as often as it is sent: its browser's call, with a proof of a challenge for an hour."""
    token = service.sign()
    proof = Device().proof(challenge(service, exp=int(time.time()) + 3600))
    return {"Cookie": token, "Sec-Fetch-Mode": "no-cors", SESSION_ID: None, PROOF: proof}


def renewal(bound: Bound) -> dict[str, str | None]:
    """What renews a device cookie, as often as it is sent."""
    proof = bound.device.proof(bound.challenge, registers=False)
    return {"Cookie": bound.token, "Device": bound.cookie, "Sec-Fetch-Mode": "no-cors",
            SESSION_ID: bound.session_id, PROOF: proof}  # fmt: skip


def proofs(service: Service) -> Presented:
    """Good ones: bare as Chromium sends them, and as the draft has them."""
    first, later = registration(service), renewal(bind(service, service.sign()))
    quoted = [
        each | {name: each[name] and f'"{each[name]}"' for name in (SESSION_ID, PROOF)} for each in (first, later)
    ]
    return [first, later, *quoted, first | {"Origin": ORIGIN}, later | {"Origin": ORIGIN}]


def no_proofs(service: Service) -> Presented:
    """Sessions that are none; then those that are, with generated ids and proofs, and with good ones that were changed."""
    bound = bind(service, service.sign())
    first, later = registration(service), renewal(bound)
    revoked = service.sign(sid="revoked")
    service.cli("revoke", "--session", "revoked")
    cookie = f"Cookie: vk_org_token={revoked}"
    wait_for(lambda: service.internal.request(cookie, method="GET", path="/verify").status == 401, "the revocation")
    generated = [{name: each[name] for name in ("Cookie", "Sec-Fetch-Mode")} for each in (first, later)]
    return [
        {},
        {"Cookie": "not-a-token", "Origin": ORIGIN},
        first | {"Cookie": revoked},
        {**later, "Cookie": None, "Device": None},
        *generated,
        generated[0] | {SESSION_ID: None, "Origin": ORIGIN},
        first | {"changed": PROOF},
        first | {SESSION_ID: later[SESSION_ID]},
        later | {"changed": PROOF},
        later | {PROOF: Device().proof(bound.challenge, registers=False)},
        later | {"changed": SESSION_ID},
        later | {SESSION_ID: None},
        later | {"Cookie": first["Cookie"]},
    ]


def not_signed_yet(service: Service) -> Presented:
    """Renewals without a proof, and with one of an old challenge; then calls of pages, which are never asked."""
    bound = bind(service, service.sign())
    first, later = registration(service), renewal(bound)
    old = bound.device.proof(challenge(service, exp=int(time.time()) - 3600), registers=False)
    return [
        later | {PROOF: None},
        later | {PROOF: None, "Origin": ORIGIN},
        later | {PROOF: old},
        first | {"Sec-Fetch-Mode": "cors"},
        first | {"Sec-Fetch-Mode": None},
        later | {"Origin": "https://evil.example"},
    ]


def proofs_store_away(service: Service) -> Presented:
    presented = proofs(service)
    service.lose_store()
    return presented
