"""The main job: a good cookie is exchanged for a new one, which is valid for another 8 hours."""

from __future__ import annotations

import json
import re
import time

import jwt


def test_documented_call_gives_a_fresh_cookie(service):
    """The call gets 200 and one exact Set-Cookie. Its token is for the same session, and expires in 8 hours."""
    token = service.login("user-1", "org-1", "session-1")
    now = int(time.time())
    reply = service.refresh(token)
    assert (reply.status, reply.body) == (200, b'{"refreshed": true}')
    assert reply.header("content-type") == "application/json"
    found = re.fullmatch(
        r"vk_org_token=([A-Za-z0-9._-]+); Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax",
        reply.header("set-cookie"),
    )
    assert found
    public = jwt.PyJWKSet.from_dict(json.loads(service.cli("keys", "export").stdout)).keys[0]
    claims = jwt.decode(
        found[1], public.key, algorithms=["EdDSA"], audience="verifa-dashboard", issuer="https://devapi.withverifa.com"
    )
    assert claims["exp"] - claims["iat"] == 28800
    assert abs(claims["iat"] - now) <= 2
    assert (claims["sub"], claims["org"], claims["sid"]) == ("user-1", "org-1", "session-1")
    assert jwt.get_unverified_header(found[1]) == {"alg": "EdDSA", "kid": public.key_id, "typ": "vk-session+jwt"}
