"""`login` prints a session token, or a call with one."""

from __future__ import annotations

import json
import re
import shlex

import jwt

from tests.support.assertions import REFRESH, assert_refreshed


def test_login_prints_just_a_token(runner):
    """Standard output is the token alone. It is valid for 8 hours and has the claims that were asked for."""
    done = runner.run("login", "--sub", "ünïcode user", "--org", "o", "--sid", "s")
    assert done.stderr == ""
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout)
    key = jwt.PyJWK.from_dict(json.loads(runner.run("keys", "export").stdout)["keys"][0]).key
    claims = jwt.decode(done.stdout.strip(), key, algorithms=["EdDSA"], audience="verifa-dashboard")
    assert (claims["sub"], claims["org"], claims["sid"]) == ("ünïcode user", "o", "s")
    assert (claims["exp"] - claims["iat"], claims["auth_time"]) == (28800, claims["iat"])


def test_login_without_sid_makes_a_new_session_each_time(runner):
    """Two sign-ins are two sessions."""
    first, second = (jwt.decode(runner.login(), options={"verify_signature": False})["sid"] for _ in range(2))
    assert first != second


def test_login_prints_a_cookie_or_a_call_to_paste(service):
    """The printed curl command has a real cookie, and its request gets 200."""
    cookie = service.cli("login", "--sub", "u", "--org", "o", "--format", "cookie").stdout
    assert re.fullmatch(r"vk_org_token=[\w-]+\.[\w-]+\.[\w-]+\n", cookie)
    assert_refreshed(service.request(f"Cookie: {cookie.strip()}"))
    url = f"http://127.0.0.1:{service.port}/"
    words = shlex.split(service.cli("login", "--sub", "u", "--org", "o", "--format", "curl", "--url", url).stdout)
    assert words[:5] == ["curl", "-i", "-X", "POST", f"http://127.0.0.1:{service.port}{REFRESH}"]
    assert words[5] == "-H"
    assert_refreshed(service.request(words[6]))
