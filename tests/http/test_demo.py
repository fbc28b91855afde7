"""The demo dashboard: served only with --demo, on this machine, and for its own pages."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import request_bytes
from tests.support.program import PROGRAM
from tests.support.replies import Reply
from tests.support.service import Service

DASHBOARD = Path(__file__).parents[2] / "dashboard"
SCRIPTS = ["session-keeper.js", *sorted(file.name for file in (DASHBOARD / "demo").glob("*.js"))]
PAGES = {
    "/demo": "text/html; charset=utf-8",
    "/demo/": "text/html; charset=utf-8",
    "/demo/activity": "text/html; charset=utf-8",
    "/demo/demo.css": "text/css; charset=utf-8",
    **{f"/demo/{name}": "text/javascript; charset=utf-8" for name in SCRIPTS},
    "/demo/icon.svg": "image/svg+xml",
    "/demo/session": "application/json",
}
ACTIONS = ["/demo/sign-in", "/demo/revoke", "/demo/outage?seconds=1"]
OWN = "Sec-Fetch-Site: same-origin"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A service with the demo, for tests that leave no outage behind."""
    running = Service(
        tmp_path_factory.mktemp("demo"), "--demo", LOG_FORMAT="json", ALLOWED_ORIGINS="https://dashboard.example.com"
    ).start()
    yield running
    assert running.stop() == 0


def post(service: Service, path: str, *headers: str) -> Reply:
    """POST without a body."""
    return service.raw(request_bytes("POST", path, *headers))


def sign_in(service: Service) -> tuple[Any, str]:
    """The answer's JSON, and the cookie as a header."""
    reply = post(service, "/demo/sign-in", OWN)
    assert reply.status == 200
    found = re.fullmatch(
        r"(vk_org_token=[A-Za-z0-9._-]+); Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax",
        reply.header("set-cookie") or "",
    )
    assert found
    return reply.json(), f"Cookie: {found[1]}"


@pytest.mark.parametrize("path", [*PAGES, *ACTIONS])
def test_demo_is_off_unless_asked_for(service, path):
    """Without --demo, all its paths are a 404, and nobody can sign in."""
    for method in ("GET", "POST"):
        reply = service.raw(request_bytes(method, path, OWN))
        assert (reply.status, reply.all("set-cookie")) == (404, [])


REFUSALS = {
    "another store": ((), {"DATABASE_URL": "sqlite:////tmp/other.db"}, "SESSION_REFRESH_DATABASE_URL"),
    "a shared store": ((), {"DATABASE_URL": "postgresql+psycopg://u:secret@h/d"}, "SESSION_REFRESH_DATABASE_URL"),
    "another key file": ((), {"KEYS_FILE": "other.json"}, "SESSION_REFRESH_KEYS_FILE"),
    "several workers": (("--workers", "2"), {}, "--workers"),
    "every address": (("--host", "0.0.0.0"), {}, "--host"),
    "every address, IPv6": (("--host", "::"), {}, "--host"),
    "an address of a network": (("--host", "192.0.2.1"), {}, "--host"),
}


@pytest.mark.parametrize(("options", "settings", "named"), REFUSALS.values(), ids=REFUSALS)
def test_demo_refuses_what_a_real_service_may_have(tmp_path, options, settings, named):
    """`serve --demo` prints one line that names the conflicting setting, exits with 2 and creates no key file."""
    service = Service(tmp_path, **settings)
    done = subprocess.run(
        [PROGRAM, "serve", "--port", "0", "--demo", *options],
        env=service.environ, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "--demo" in done.stderr
    assert named in done.stderr
    assert "secret" not in done.stderr
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize(("path", "kind"), PAGES.items())
def test_pages_are_there_for_get_alone(demo, path, kind):
    """Every page has its media type, and any other method is a 405 that names GET."""
    reply = demo.get(path)
    assert (reply.status, reply.header("content-type")) == (200, kind)
    assert reply.body
    refused = post(demo, path, OWN)
    assert (refused.status, refused.header("allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ACTIONS)
def test_actions_are_there_for_post_alone(demo, path):
    """GET is a 405, so that no link and no image can trigger an action."""
    reply = demo.get(path)
    assert (reply.status, reply.header("allow")) == (405, "POST")


def test_documents_have_a_strict_policy(demo):
    """The policy allows nothing inline, nothing of other origins, and no frame around the page."""
    for path in ("/demo", "/demo/", "/demo/activity"):
        reply = demo.get(path)
        policy = dict(part.strip().split(" ", 1) for part in reply.header("content-security-policy").split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert "unsafe" not in reply.header("content-security-policy")
        assert not re.search(rb"<script(?! type=\"module\" src=)|<style| style=| on[a-z]+=|https?://", reply.body)


@pytest.mark.parametrize("path", ACTIONS)
@pytest.mark.parametrize(
    "headers",
    [("Sec-Fetch-Site: cross-site",), ("Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:1"), ("Origin: null",),
     ("Origin: https://evil.example",), ("Origin: https://dashboard.example.com",),
     ("Sec-Fetch-Site: cross-site", "Origin: https://dashboard.example.com")],
    ids=" ".join,
)  # fmt: skip
def test_actions_are_for_the_demos_own_page(demo, path, headers):
    """A page of any other origin gets 403, even one that may refresh sessions."""
    _, cookie = sign_in(demo)
    reply = post(demo, path, cookie, *headers)
    assert (reply.status, reply.all("set-cookie")) == (403, [])
    assert demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie)).status == 200


def test_sign_in_gives_a_session_that_is_refreshed(demo):
    """The cookie can be refreshed. The page gets the session's user and end, but not the token."""
    told, cookie = sign_in(demo)
    assert demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie)).status == 200
    session = told["session"]
    assert (session["sub"], session["exp"] - session["auth_time"]) == ("demo-user", 28800)
    shown = demo.raw(request_bytes("GET", "/demo/session", cookie)).json()
    assert shown["session"] == session
    assert sign_in(demo)[0]["session"]["sid"] != session["sid"]


@pytest.mark.parametrize("cookie", [(), ("Cookie: vk_org_token=x",), ("Cookie: vk_org_token=a; vk_org_token=b",)])
def test_page_without_a_good_session_is_told_so(demo, cookie):
    """The page gets no session and no error, and there is nothing to revoke."""
    assert demo.raw(request_bytes("GET", "/demo/session", *cookie)).json()["session"] is None
    assert post(demo, "/demo/revoke", OWN, *cookie).status == 401


def test_revocation_is_in_force_when_it_is_answered(demo):
    """The next refresh is a 401. Another session of the same user still works."""
    (_, cookie), (_, other) = sign_in(demo), sign_in(demo)
    assert post(demo, "/demo/revoke", OWN, cookie).status == 200
    assert demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie)).status == 401
    assert demo.raw(request_bytes("GET", "/demo/session", cookie)).json()["session"] is None
    assert demo.raw(request_bytes("POST", "/api/v1/auth/refresh", other)).status == 200


def test_outage_is_503_until_it_ends(demo):
    """Refreshes get 503 with Retry-After and no cookie. The page still sees its session, and can end the outage."""
    _, cookie = sign_in(demo)
    assert 299 < post(demo, "/demo/outage?seconds=300", OWN).json()["outage"] <= 300
    try:
        reply = demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie))
        assert (reply.status, reply.header("retry-after"), reply.all("set-cookie")) == (503, "5", [])
        assert demo.raw(request_bytes("GET", "/demo/session", cookie)).json()["session"]
    finally:
        assert post(demo, "/demo/outage?seconds=0", OWN).json()["outage"] == 0
    assert demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie)).status == 200


@pytest.mark.parametrize("query", ["", "?seconds=", "?seconds=-1", "?seconds=601", "?seconds=1.5", "?seconds=%C2%B2",
                                   "?seconds=0000000999",
                                   "?seconds=" + "9" * 5000, "?second=1"])  # fmt: skip
def test_outage_of_no_known_length_is_refused(demo, query):
    """The response is a 400, and no outage begins."""
    assert post(demo, f"/demo/outage{query}", OWN).status == 400
    assert demo.get("/demo/session").json()["outage"] == 0
