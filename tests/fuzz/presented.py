"""What the requests of a pass present: cookies, API keys, origins, statements. The service is prepared for it."""

from __future__ import annotations

from tests.support import versions
from tests.support.identity_provider import EVENTS, LOGOUTS, Endpoints
from tests.support.providers import Keys
from tests.support.service import Service
from tests.support.waiting import wait_for

ORIGIN = "https://dashboard.example.com"

# By the names of headers, or of the parameter `bound`: see hooks.py.
Presented = list[dict[str, str | None]]


def good(service: Service) -> Presented:
    key = service.cli("api-keys", "create", "--org", "org-1", "--version", versions.OTHER).stdout.strip()
    cookie: dict[str, str | None] = {"Cookie": service.login()}
    return [cookie, cookie | {"Origin": ORIGIN}, cookie | {"X-API-Key": key}]


def bad(service: Service) -> Presented:
    """No cookie, no token in it, a broken signature, a revoked session, good ones beside keys that do not hold."""
    good, revoked = service.login(), service.login(sid="revoked")
    service.cli("revoke", "--session", "revoked")
    wait_for(lambda: service.refresh(revoked).status != 200, "the revocation")
    head, claims, signature = good.split(".")
    foreign = service.cli("api-keys", "create", "--org", "org-2", "--version", versions.OTHER).stdout.strip()
    return [
        {},
        {"Cookie": "not-a-token"},
        {"Cookie": f"{head}.{claims}.{signature[::-1]}"},
        {"Cookie": revoked, "Origin": ORIGIN},
        {"Cookie": good, "X-API-Key": "vk_live_unknown"},
        {"Cookie": good, "X-API-Key": foreign},
    ]


def used_up(service: Service) -> Presented:
    token = service.login()
    assert service.refresh(token).status == 200
    return [{"Cookie": token}, {"Cookie": token, "Origin": ORIGIN}]


def refused_before(service: Service) -> Presented:
    assert service.refresh(None).status == 401
    return [{}, {"Cookie": "not-a-token"}, {"Cookie": "not-a-token", "Origin": ORIGIN}]


def store_away(service: Service) -> Presented:
    token = service.login()
    service.lose_store()
    return [{"Cookie": token}, {"Cookie": token, "Origin": ORIGIN}]


def foreign_page(service: Service) -> Presented:
    return [{"Cookie": service.login(), "Origin": "https://evil.example"}]


def unsigned(service: Service) -> Presented:
    """Bodies as the document describes them, which nobody has signed."""
    Endpoints(service, Keys()).trust()
    return [{}]


def signed(service: Service) -> Presented:
    """A good statement for each endpoint."""
    endpoints = Endpoints(service, Keys())
    endpoints.trust()
    return [{LOGOUTS: endpoints.logouts.token(), EVENTS: endpoints.events.token()}]


def signed_store_away(service: Service) -> Presented:
    presented = signed(service)
    service.lose_store()
    return presented
