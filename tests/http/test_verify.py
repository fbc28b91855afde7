"""/verify judges a request exactly as a refresh does, and makes nothing."""

from __future__ import annotations

import itertools
import time

import pytest

from tests.support import versions
from tests.support.assertions import UNAUTHORIZED, assert_common_headers, assert_problem
from tests.support.waiting import wait_for

STATED = ("x-auth-subject", "x-auth-organisation", "x-auth-session", "x-auth-time", "x-auth-expires")
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "REPORT", "MKCOL")


@pytest.fixture(scope="module")
def verifying(start_shared):
    """A service with an internal listener, and limits that nobody reaches."""
    return start_shared(
        "--internal",
        "127.0.0.1:0",
        RATE_LIMIT="1000000/minute",
        FAILURE_RATE_LIMIT="1000000/minute",
        REVOCATION_POLL="0.5",
    )


def verify(service, token, *headers, method="GET", path="/verify", body=b""):
    cookie = () if token is None else (f"Cookie: vk_org_token={token}",)
    return service.internal.request(*cookie, *headers, method=method, path=path, body=body)


def assert_verified(reply, **expected):
    """The answer is 200 with the five headers, no body, no cookie and nothing of a rate limit or a version."""
    assert_common_headers(reply)
    assert (reply.status, reply.body) == (200, b""), reply.raw
    assert reply.header("content-length") == "0"
    assert reply.header("cache-control") == "no-store"
    assert all(reply.header(name) for name in STATED)
    names = {name for name, _ in reply.headers}
    assert not names & {"set-cookie", "content-type", "verifa-version", "verifa-session-ends"}
    assert not [name for name in names if name.startswith(("x-ratelimit", "access-control"))]
    for name, value in expected.items():
        assert reply.header(f"x-auth-{name}") == str(value)


def test_good_session_is_stated(verifying):
    """Who it is, of which organisation, in which session, since when and until when."""
    now = int(time.time())
    token = verifying.sign(sub="Ä 1%", org="org-7", sid="s-7", auth_time=now - 99.5, exp=now + 600.75)
    assert_verified(
        verify(verifying, token),
        subject="%C3%84%201%25", organisation="org-7", session="s-7", time=now - 100, expires=now + 600,
    )  # fmt: skip


def test_session_without_auth_time_began_when_its_token_was_issued(verifying):
    """As a refresh takes it."""
    issued = int(time.time()) - 50
    assert_verified(verify(verifying, verifying.sign(iat=issued)), time=issued)


@pytest.mark.parametrize("method", METHODS)
def test_any_method_is_taken(verifying, method):
    """With a body or without one, of whatever type, and with any query and any version."""
    token = verifying.sign()
    for headers, body in (((), b""), (("Content-Type: text/plain",), b"\xff"), (("Verifa-Version: nonsense",), b"[1]")):
        assert_verified(verify(verifying, token, *headers, method=method, path="/verify?a=%0A&rd=//x", body=body))
        assert_problem(verify(verifying, None, *headers, method=method, body=body), 401)


def test_head_is_a_get_without_a_body(verifying):
    """Of a refusal, too: the length is told, and nothing follows."""
    token = verifying.sign()
    with verifying.internal.connect() as connection:
        for cookie in (
            f"Cookie: vk_org_token={token}\r\n",
            "",
            f"Cookie: vk_org_token={token}\r\nConnection: close\r\n",
        ):
            connection.sendall(f"HEAD /verify HTTP/1.1\r\nHost: a\r\n{cookie}\r\n".encode())
        received = b""
        while more := connection.recv(65536):
            received += more
    heads = received.split(b"\r\n\r\n")
    assert [head[:12] for head in heads] == [b"HTTP/1.1 200", b"HTTP/1.1 401", b"HTTP/1.1 200", b""]
    assert b"\r\ncontent-length: %d\r\n" % len(UNAUTHORIZED) in heads[1] + b"\r\n"


def test_refusal_is_that_of_a_refresh(verifying):
    """Byte for byte the same body, with the same challenge."""
    public, own = verifying.refresh(None), verify(verifying, None)
    assert_problem(own, 401)
    assert own.body == public.body == UNAUTHORIZED
    assert own.header("www-authenticate") == public.header("www-authenticate")


def test_every_caller_is_judged_as_by_a_refresh(verifying):
    """Up to three values of the cookie, and up to two of the key: /verify says yes exactly where a refresh does."""
    now = int(time.time())
    create = ("api-keys", "create", "--version", versions.OTHER, "--org")
    keys = {
        "good": verifying.run(*create, "org-1").stdout.strip(),
        "foreign": verifying.run(*create, "org-2").stdout.strip(),
        "elsewhere": verifying.run(*create, "org-1", "--allow-ip", "192.0.2.0/24").stdout.strip(),
        "unknown": "vk_live_unknown",
        "empty": "",
    }
    cookies = {
        "good": verifying.sign(),
        "later": verifying.sign(exp=now + 99_999),
        "other": verifying.sign(sid="other"),
        "expired": verifying.sign(iat=now - 9000, exp=now - 60),
        "future": verifying.sign(iat=now + 9000, exp=now + 99_999),
        "old": verifying.sign(auth_time=now - 31 * 86_400),
        "garbage": "x.y.z",
    }
    wait_for(
        lambda: (
            verifying.refresh(cookies["good"], f"X-API-Key: {keys['elsewhere']}", "X-Forwarded-For: 192.0.2.9").status
            == 200
        ),
        "the keys",
    )
    sent = [[f"Cookie: vk_org_token={'; vk_org_token='.join(values)}"]
            for count in (1, 2, 3) for values in itertools.combinations(cookies.values(), count)]  # fmt: skip
    sent += [[f"Cookie: vk_org_token={cookies['good']}", *(f"X-API-Key: {value}" for value in values)]
             for count in (1, 2) for values in itertools.combinations(keys.values(), count)]  # fmt: skip
    sent += [[*headers, "X-Forwarded-For: 192.0.2.9"] for headers in sent[-15:]]
    judged = {}
    for headers in sent:
        judged["\n".join(headers)] = (verifying.request(*headers).status, verify(verifying, None, *headers).status)
    assert {key: pair for key, pair in judged.items() if pair[0] != pair[1]} == {}
    assert {status for status, _ in judged.values()} == {200, 401, 503}


@pytest.mark.parametrize(
    ("name", "whom"),
    [
        ("r-session", ("--session", "r-session")),
        ("r-user", ("--user", "r-user", "--org", "r-user")),
        ("r-organisation", ("--org", "r-organisation")),
    ],
)
def test_revoked_session_is_refused_within_2_seconds(verifying, name, whom):
    """By session, user and organisation; also a token that was verified a moment ago."""
    token = verifying.sign(sid=name, sub=name, org=name, auth_time=int(time.time()) - 9)
    assert_verified(verify(verifying, token))
    verifying.run("revoke", *whom)
    wait_for(lambda: verify(verifying, token).status == 401, "the revocation", 2.0)


def test_session_limit_is_not_counted(start):
    """A page asks for dozens of files: each is verified, and the session's refreshes are none fewer."""
    service = start("--internal", "127.0.0.1:0", RATE_LIMIT="2/day")
    token = service.sign()
    for _ in range(20):
        assert_verified(verify(service, token))
    assert [service.refresh(token).status for _ in range(3)] == [200, 200, 429]
    assert_verified(verify(service, token))


def test_outage_is_no_401(start):
    """Without its store the service does not know who was revoked: 503 with Retry-After, for good and bad cookies."""
    service = start("--internal", "127.0.0.1:0", REVOCATION_POLL="0.2", MAX_STALENESS="0.4")
    token = service.sign()
    assert_verified(verify(service, token))
    service.lose_store()
    assert_problem(verify(service, token), 503)
    assert_problem(verify(service, "garbage"), service.refresh("garbage").status)
    assert service.internal.get("/readyz").status == 503


def test_retired_key_verifies_nothing(start):
    """A token that was verified before its key was taken out of the file is refused within 2 s."""
    service = start("--internal", "127.0.0.1:0")
    token = service.sign()
    assert_verified(verify(service, token))
    old = service.run("keys", "list").stdout.split("\t")[0].split()[0]
    service.run("keys", "promote", "--force", service.run("keys", "add").stdout.strip())
    service.run("keys", "retire", "--force", old)
    wait_for(lambda: verify(service, token).status == 401, "the key to be gone", 2.0)
