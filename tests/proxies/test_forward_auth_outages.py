"""While the service cannot say who is calling, nobody gets to the application, and nobody is told to sign in again."""

from __future__ import annotations

import os
import signal

import pytest

from tests.proxies.guards import GUARDS
from tests.support.echo_application import EchoApplication
from tests.support.proxy_process import need
from tests.support.server_process import free_port

GOOD = dict.fromkeys(("X-Auth-Subject", "X-Auth-Organisation", "X-Auth-Session", "X-Auth-Time", "X-Auth-Expires"), "x")


@pytest.fixture(params=GUARDS)
def guarding(request):
    """Starts a proxy that asks whatever listens on a port; gives it and its application."""
    need("nginx", "caddy", "haproxy")
    application = EchoApplication()
    started = []

    def start_one(port):
        guard = GUARDS[request.param](port, port, application.port)
        started.append(guard)
        guard.start()
        return guard, application

    yield start_one
    for guard in started:
        guard.remove()
    application.close()


def kept_out(guard, application, *headers):
    """Whether a request gets an answer of the kind that is nobody's fault, and the application is not asked."""
    reply = guard.get("/", *headers)
    return 500 <= reply.status <= 599 and application.requests == []


def test_service_that_is_down_lets_nobody_in(guarding):
    """Nothing listens where the service should be."""
    guard, application = guarding(free_port())
    assert kept_out(guard, application, "Cookie: vk_org_token=x", "X-Auth-Subject: root")


def test_service_that_hangs_lets_nobody_in(guarding, start):
    """The kernel accepts connections, and nothing is answered: the proxy gives up after 5 s."""
    service = start("--internal", "127.0.0.1:0")
    token = service.sign()
    guard, application = guarding(service.internal.port)
    assert guard.get("/", f"Cookie: vk_org_token={token}").status == 200
    application.requests.clear()
    os.kill(service.process.pid, signal.SIGSTOP)
    try:
        assert kept_out(guard, application, f"Cookie: vk_org_token={token}")
    finally:
        os.kill(service.process.pid, signal.SIGCONT)


def test_service_without_its_store_lets_nobody_in(guarding, start):
    """Who was revoked meanwhile is not known: 503 of the service is no 200 and no 401 of the proxy."""
    service = start("--internal", "127.0.0.1:0", REVOCATION_POLL="0.2", MAX_STALENESS="0.4")
    token = service.sign()
    guard, application = guarding(service.internal.port)
    assert guard.get("/", f"Cookie: vk_org_token={token}").status == 200
    application.requests.clear()
    service.lose_store()
    assert kept_out(guard, application, f"Cookie: vk_org_token={token}")


@pytest.mark.parametrize("status", [302, 400, 404, 413, 429, 500, 503])
def test_no_other_status_lets_anybody_in(guarding, status):
    """Even with the headers of a good answer: what is no 2xx is no."""
    service = EchoApplication({**GOOD, "Location": "/"}, status)
    guard, application = guarding(service.port)
    assert guard.get("/", "X-Auth-Subject: root").status >= 300
    assert application.requests == []
    service.close()


def test_service_that_states_nothing_lets_no_foreign_name_through(guarding):
    """Something else listens there and answers 200: what the client sent does not get to the application."""
    service = EchoApplication({})
    guard, application = guarding(service.port)
    passed = guard.get("/", "X-Auth-Subject: root", "x_auth_session: root").status == 200
    assert passed == bool(application.requests)  # HAProxy's script fails then, and keeps everybody out
    assert not [header for each in application.requests for header in each["headers"] if header[1] == "root"]
    service.close()
