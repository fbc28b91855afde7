"""What goes wrong with sessions, keys and statements: the alert for it fires, and no other."""

from __future__ import annotations

import json
import shutil
import time

from tests.monitoring.conftest import SETTINGS
from tests.support.dashboards import Tab, mint, refreshing
from tests.support.identity_provider import Endpoints
from tests.support.providers import Keys
from tests.support.waiting import wait_for

DAY = 86400


def repeat(prometheus, request, *alerts):
    """Makes the request again and again, until these alerts have fired and no other."""

    def fired():
        request()
        found = prometheus.fired()
        assert found <= set(alerts), f"fired for no reason: {found - set(alerts)}"
        return found == set(alerts)

    wait_for(fired, f"{', '.join(alerts)} to fire", 40)


def test_organisation_whose_sessions_were_revoked(start, watch, use):
    """Most refreshes get 401."""
    service = start(**SETTINGS)
    prometheus = watch(service)
    use(service)
    service.cli("revoke", "--org", "org-1", "--reason", "a test")
    prometheus.await_alerts("SessionRefreshManyRefused")


def test_page_that_refreshes_in_a_loop(start, watch):
    """Its session has a limit."""
    service = start(**{**SETTINGS, "RATE_LIMIT": "5/minute"})
    prometheus = watch(service)
    token = service.sign()
    repeat(prometheus, lambda: service.refresh(token), "SessionRefreshRateLimited")


def test_login_service_whose_clock_is_ahead(start, watch, use):
    """Its cookies get 503."""
    service = start(**SETTINGS)
    prometheus = watch(service)
    ahead = int(time.time()) + 3600
    token = service.sign(iat=ahead, exp=ahead + 28800)
    repeat(prometheus, lambda: service.refresh(token), "SessionRefreshClockWrong", "SessionRefreshFailing")


def test_cookies_that_would_be_too_long(start, watch):
    """Browsers would drop them."""
    service = start(**SETTINGS)
    prometheus = watch(service)
    token = service.longest(4084)
    repeat(prometheus, lambda: service.refresh(token), "SessionRefreshCookieTooLong", "SessionRefreshFailing")


def test_statement_that_is_refused(start, watch):
    """The first one is told."""
    service = start("--internal", "127.0.0.1:0", **SETTINGS)
    endpoints = Endpoints(service, Keys())
    endpoints.trust()
    prometheus = watch(service)
    assert endpoints.logout(endpoints.logouts.token(claims={"aud": "somebody else"})).status == 400
    prometheus.await_alerts("SessionRefreshStatementsRefused")


def test_key_that_is_not_on_every_machine(start, watch, tmp_path):
    """The other machine signs its users out."""
    one = start(**SETTINGS)
    two_keys = tmp_path / "two.json"
    shutil.copy2(one.keys_file, two_keys)
    two = start(KEYS_FILE=str(two_keys), **SETTINGS)
    prometheus = watch(one, two)
    one.cli("keys", "promote", "--force", one.cli("keys", "add").stdout.strip())
    kids = [key["kid"] for key in json.loads(one.keys_file.read_text())["keys"]]
    wait_for(lambda: prometheus.query(f'session_refresh_key_signs{{kid="{kids[0]}"}} == 1'), "the key to sign")
    tabs = [Tab(two, token) for token in mint(one, "user-1", "user-2")]
    with refreshing(tabs, pause=0.05):
        prometheus.await_alerts(
            "SessionRefreshKeyNotEverywhere", "SessionRefreshUnknownKey", "SessionRefreshManyRefused"
        )


def test_keys_whose_time_has_come(start, watch, use):
    """One signs for longer than is wise, and another one could have gone."""
    service = start(**SETTINGS)
    prometheus = watch(service)
    use(service)
    service.cli("keys", "add")
    jwks = json.loads(service.keys_file.read_text())
    signing, other = jwks["keys"]
    signing["promoted_at"] = int(time.time()) - 91 * DAY
    other["demoted_at"] = int(time.time()) - 3 * DAY
    service.keys_file.write_text(json.dumps(jwks))
    prometheus.await_alerts("SessionRefreshSigningKeyOld", "SessionRefreshKeyRetirable")
