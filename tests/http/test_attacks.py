"""The attack list again, from outside: every row posted to a running service."""

import json
import time

import pytest

from tests.attacks import ACCEPTED, ATTACKS
from tests.conftest import request
from tests.forge import Forge

# A blank or a tab at either end of a cookie's value is not of it (RFC 6265bis section 5.6); a line end or NUL ends the
# request before the cookie is read. These rows are other requests over HTTP, and tests/http has them by other names.
SKIPPED = (
    *("a blank before", "line end", "carriage", "NUL"),
    # Rows that are right for one second only: the unit suite, where time stands still, has them.
    *("ahead of the leeway", "as long ago", "4,096 bytes"),
)


def over_http(rows):
    return [name for name in rows if not any(words in name for words in SKIPPED)]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A service with keys of every algorithm, and one that it only verifies with."""
    from tests.conftest import Service

    folder = tmp_path_factory.mktemp("attacked")
    running = Service(folder, LOG_FORMAT="json", RATE_LIMIT="1000000/minute", FAILURE_RATE_LIMIT="1000000/minute")
    forge = Forge(int(time.time()))
    running.state.mkdir(mode=0o700)
    keys = running.state / "keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps(forge.jwks()))
    running.start()
    yield running, forge
    assert running.stop() == 0


def post(running, token):
    cookie = token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")
    head, _, rest = request("POST", "/api/v1/auth/refresh", "Cookie: vk_org_token=@").partition(b"@")
    return running.raw(head + cookie + rest)


def test_every_attack_gets_the_same_401(attacked):
    """Each row is answered by 401 with one body, byte for byte, no Set-Cookie, and a reason in the log alone."""
    running, forge = attacked
    bodies, wrong, replies = set(), [], []
    for name in over_http(ATTACKS):
        reply = post(running, ATTACKS[name](forge))
        bodies.add(reply.body)
        replies.append(reply)
        if reply.status != 401 or reply.all("set-cookie") or reply.header("www-authenticate") is None:
            wrong.append((name, reply.status))
    assert wrong == []
    assert bodies == {b'{"error": "unauthorized", "detail": "Sign in again.", "status_code": 401}'}
    running.reason_of(replies[-1])  # the last line is written
    reasons = {line["id"]: line["reason"] for line in running.log_lines() if line["event"] == "request"}
    assert all(reasons[reply.header("x-request-id")] for reply in replies)


@pytest.mark.parametrize("name", over_http(ACCEPTED))
def test_every_good_token_is_refreshed(attacked, name):
    """Each row of the counterpart is answered by 200 and a cookie that is refreshed in its turn."""
    running, _ = attacked
    forge = Forge(int(time.time()))
    forge.keys, forge.elsewhere = attacked[1].keys, attacked[1].elsewhere
    reply = post(running, ACCEPTED[name](forge))
    assert (reply.status, reply.body) == (200, b'{"refreshed": true}'), running.reason_of(reply)
    fresh = reply.header("set-cookie").partition("=")[2].partition(";")[0]
    assert running.refresh(fresh).status == 200
