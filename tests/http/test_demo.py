"""The demo dashboard: its pages, and its actions, for its own pages alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import request_bytes
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.waiting import wait_for

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
ACTIONS = ["/demo/sign-in", "/demo/sign-out", "/demo/revoke", "/demo/outage?seconds=1", "/demo/end?seconds=1"]
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


def test_session_ends_when_the_demo_says(demo):
    """It is the same session, and its refreshes tell the new end. Past it, they are a 401."""
    told, cookie = sign_in(demo)
    reply = post(demo, "/demo/end?seconds=60", OWN, cookie)
    aged = reply.json()["session"]
    assert (aged["sid"], aged["sub"]) == (told["session"]["sid"], "demo-user")
    assert 58 <= aged["ends"] - reply.json()["now"] <= 60
    cookie = "Cookie: " + (reply.header("set-cookie") or "").split(";")[0]
    refreshed = demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie))
    assert (refreshed.status, refreshed.header("verifa-session-ends")) == (200, str(aged["ends"]))
    over = post(demo, "/demo/end?seconds=0", OWN, cookie).header("set-cookie") or ""
    wait_for(
        lambda: demo.raw(request_bytes("POST", "/api/v1/auth/refresh", f"Cookie: {over.split(';')[0]}")).status == 401,
        "its end",
    )


def test_sign_out_revokes_and_deletes(demo):
    """The cookie is deleted with the attributes that it was set with, also if it states no session any more."""
    _, cookie = sign_in(demo)
    deleted = "vk_org_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax"
    for sent in (cookie, cookie, "Cookie: vk_org_token=x"):
        reply = post(demo, "/demo/sign-out", OWN, sent)
        assert (reply.status, reply.header("set-cookie"), reply.json()["session"]) == (200, deleted, None)
    wait_for(lambda: demo.raw(request_bytes("POST", "/api/v1/auth/refresh", cookie)).status == 401, "the revocation")


@pytest.mark.parametrize("path", ["outage", "end"])
@pytest.mark.parametrize("query", ["", "?seconds=", "?seconds=-1", "?seconds=601", "?seconds=1.5", "?seconds=%C2%B2",
                                   "?seconds=0000000999",
                                   "?seconds=" + "9" * 5000, "?second=1"])  # fmt: skip
def test_time_of_no_known_length_is_refused(demo, path, query):
    """The response is a 400, and no outage begins."""
    assert post(demo, f"/demo/{path}{query}", OWN).status == 400
    assert demo.get("/demo/session").json()["outage"] == 0
