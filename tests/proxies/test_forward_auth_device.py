"""Forward authentication that asks for the device: with the token alone nobody gets to the application."""

from __future__ import annotations

import pytest

from tests.proxies.guards import GUARDS, ask, told
from tests.support.device import bind
from tests.support.device_attacks.made import cookie
from tests.support.proxy_process import need


@pytest.fixture(scope="module")
def offering(start_shared):
    """A service whose device cookies are for all of the host."""
    return start_shared("--internal", "127.0.0.1:0", DEVICE_BINDING="offer", DEVICE_SCOPE="host")


@pytest.fixture(scope="module", params=[(name, bound) for name in GUARDS for bound in ("if-bound", "required")])
def asking(request, offering, application):
    """Each proxy in turn, and whether it lets in sessions that are not bound."""
    need("nginx", "caddy", "haproxy")
    name, bound = request.param
    running = GUARDS[name](offering.port, offering.internal.port, application.port, bound)
    running.start()
    yield running, bound
    running.remove()


def test_stolen_token_opens_nothing(asking, offering, application):
    """Without the device cookie, or once that is over, nobody is let in; with it everybody is told as before."""
    guard, asked = asking
    bound = bind(guard, offering.sign(sid="bound"))  # through the proxy, as a browser does
    beside = f"Cookie: vk_org_device={bound.cookie}"
    before = len(application.requests)
    old = cookie(offering, bound, sid="bound", exp=1000)
    for headers in ((), ("Cookie: vk_org_device=abc",), (f"Cookie: vk_org_device={old}",)):
        assert ask(guard, bound.token, *headers).status == 401
    assert len(application.requests) == before
    assert told(ask(guard, bound.token, beside))["x-auth-session"] == "bound"
    unbound = ask(guard, offering.sign(sid="unbound"))
    assert unbound.status == (401 if asked == "required" else 200)


def test_outage_of_the_browser_signs_nobody_out(asking, offering):
    """It says that it could not renew its cookie: what the client gets is no 401."""
    guard, _ = asking
    bound = bind(offering, offering.sign(sid="bound"))
    assert ask(guard, bound.token, "Secure-Session-Skipped: unreachable").status >= 500
