"""What the answers are: the success to the byte, failures, headers, CORS, limits, request ids."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.assertions import DASHBOARD, LIMIT_HEADERS, REFRESH, holds_for_every_answer, is_problem, is_refreshed
from tests.support.replies import read_all
from tests.support.waiting import wait_for

EXPOSED = (
    "Deprecation, Link, Retry-After, Sunset, Verifa-Version, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, X-Request-Id"
)


@pytest.fixture(scope="module")
def token(service):
    return service.sign(sid="answers")


def test_success_is_these_bytes(service, token):
    """The whole answer, its varying parts by pattern, every header once and no other."""
    reply = service.refresh(token, "X-Request-Id: success")
    assert re.fullmatch(
        rb"HTTP/1\.1 200 OK\r\n"
        rb"date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT\r\n"
        rb"content-type: application/json\r\n"
        rb"set-cookie: vk_org_token=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax\r\n"
        rb"x-content-type-options: nosniff\r\n"
        rb"strict-transport-security: max-age=31536000; includeSubDomains\r\n"
        rb"vary: Origin\r\n"
        rb"verifa-version: 2026-02-01\r\n"
        rb"cache-control: no-store\r\n"
        rb"x-request-id: success\r\n"
        rb"content-length: 19\r\n"
        rb"x-ratelimit-limit: 1000000\r\n"
        rb"x-ratelimit-remaining: [0-9]{6}\r\n"
        rb"x-ratelimit-reset: [0-9]{10}\r\n"
        rb"connection: close\r\n"
        rb"\r\n"
        rb'\{"refreshed": true\}',
        reply.raw,
    )


def test_presented_token_stays_good_so_ten_tabs_all_get_200(service, token):
    """Ten at once with one cookie: ten times 200, ten different tokens, each good in its turn."""
    with ThreadPoolExecutor(10) as tabs:
        tokens = {is_refreshed(reply) for reply in tabs.map(service.refresh, [token] * 10)}
    assert len(tokens) == 10
    for fresh in [token, *tokens]:
        is_refreshed(service.refresh(fresh))


def test_all_401_are_the_same_bytes(service):
    """Whatever the reason, a client sees one and the same; the log knows better."""
    now = int(time.time())
    good = service.sign()
    presented = {
        "cookie: none": None,
        "token: not three base64url parts": "x",
        "claim exp: expired": service.sign(iat=now - 30000, exp=now - 1200),
        "claim iss: another issuer": service.sign(iss="https://evil.example"),
        "claim aud: another audience": service.sign(aud="other"),
        "header kid: no such key": service.sign({"kid": "other"}),
        "session: older than its maximum age": service.sign(auth_time=now - 2592000 - 60),
        "signature: does not match": good[:-8] + ("AAAAAAAA" if good[-8:-1] != "AAAAAAA" else "BBBBBBBA"),
    }
    replies = {reason: service.refresh(value) for reason, value in presented.items()}
    for reply in replies.values():
        is_problem(reply, 401)
        assert reply.header("www-authenticate") == 'Cookie realm="session" cookie-name="vk_org_token"'
    assert len({reply.body for reply in replies.values()}) == 1
    shapes = {re.sub(rb"(date|x-request-id|x-ratelimit-\w+): [^\r]+", rb"\1", reply.raw) for reply in replies.values()}
    assert len(shapes) == 1
    assert len({service.reason_of(reply) for reply in replies.values()}) == len(replies)


def test_revoked_session_is_401_and_its_cookie_is_never_cleared(service):
    """Revoked is as definitive as any other 401."""
    token = service.sign(sid="to-be-revoked")
    is_refreshed(service.refresh(token))
    service.run("revoke", "--session", "to-be-revoked")
    reply = wait_for(lambda: (r := service.refresh(token)).status == 401 and r, "the revocation", 2.0)
    is_problem(reply, 401)
    assert service.reason_of(reply) == "session: revoked"


@pytest.mark.parametrize(
    "path", ["/", "/api", f"{REFRESH}/", f"{REFRESH}/x", "/api/v1/auth", "/docs2", "/metrics/", "/.env"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_unknown_path_is_404(service, token, method, path):
    """With whatever method, and however good the cookie; no redirect for a slash."""
    is_problem(service.request(f"Cookie: vk_org_token={token}", method=method, path=path), 404)


METHODS = [("GET", REFRESH), ("PUT", REFRESH), ("PATCH", REFRESH), ("DELETE", REFRESH), ("OPTIONS", REFRESH)]
METHODS += [(method, path) for method in ("POST", "PUT", "OPTIONS") for path in ("/healthz", "/readyz", "/metrics")]
METHODS += [("POST", "/.well-known/jwks.json"), ("DELETE", "/openapi.yaml"), ("POST", "/openapi.json")]


@pytest.mark.parametrize(("method", "path"), METHODS)
def test_wrong_method_is_405_with_allow(service, token, method, path):
    """Allow lists what the path knows."""
    reply = service.request(f"Cookie: vk_org_token={token}", method=method, path=path)
    is_problem(reply, 405)
    allowed = {word.strip() for word in (reply.header("allow") or "").split(",")}
    assert allowed == ({"POST"} if path == REFRESH else {"GET", "HEAD"})


def test_head_gets_the_headers_of_the_failure_without_its_body(service):
    """HEAD on the endpoint is a 405 of which only the head is sent."""
    with service.connect() as connection:
        connection.sendall(f"HEAD {REFRESH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 405 ")
    assert b"\r\ncontent-length: 101\r\n" in received
    assert received.endswith(b"\r\n\r\n")


# ---- request ids

IDS = {"a": True, "A.b_c-9": True, "x" * 64: True, "x" * 65: False, "": False, "a b": False, "a,b": False, "é": False,
       "a/b": False, "<script>": False, "0f8fad5b-d9cb-469f-a165-70867728950e": True, " padded\t": None}  # fmt: skip


@pytest.mark.parametrize("given", IDS)
def test_request_id_comes_back_if_it_is_well_formed(service, token, given):
    """1 to 64 letters, digits, dots, dashes, underscores; anything else is replaced by a new one."""
    reply = service.refresh(token, f"X-Request-Id: {given}")
    shown = reply.header("x-request-id")
    assert (shown == given.strip()) == (IDS[given] is not False)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", shown or "")


def test_request_id_given_twice_is_replaced(service, token):
    """Neither of the two comes back."""
    shown = service.refresh(token, "X-Request-Id: one", "X-Request-Id: two").header("x-request-id")
    assert shown not in ("one", "two")


def test_new_request_ids_are_never_the_same(service, token):
    """Each answer has one of its own."""
    assert len({service.refresh(token).header("x-request-id") for _ in range(20)}) == 20


# ---- CORS


def preflight(service, origin, method="POST", path=REFRESH, *headers):
    asked = ("Access-Control-Request-Method: " + method, "Access-Control-Request-Headers: verifa-version")
    return service.request(f"Origin: {origin}", *asked, *headers, method="OPTIONS", path=path)


@pytest.mark.parametrize("origin", [DASHBOARD, "http://localhost:3000"])
def test_preflight_of_an_allowed_origin_is_answered(service, origin):
    """204 without a body: the method, the three request headers, a max age; no cookie needed."""
    reply = preflight(service, origin)
    holds_for_every_answer(reply)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.header("access-control-allow-origin") == origin
    assert reply.header("access-control-allow-credentials") == "true"
    assert reply.header("access-control-allow-methods") == "POST"
    assert reply.header("access-control-allow-headers") == "Content-Type, X-API-Key, Verifa-Version"
    assert int(reply.header("access-control-max-age") or 0) > 0
    assert not reply.all("content-length")
    assert not reply.all("set-cookie")


def test_preflight_of_a_browser_is_answered(service):
    """With the Fetch Metadata that a browser sends along."""
    reply = preflight(service, DASHBOARD, "POST", REFRESH, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors")
    assert reply.status == 204


@pytest.mark.parametrize("origin", ["https://evil.example", "null", DASHBOARD + ":444", "*"])
def test_preflight_of_any_other_origin_is_refused(service, origin):
    """403 without a single CORS header."""
    reply = preflight(service, origin)
    is_problem(reply, 403)
    assert not [name for name, _ in reply.headers if name.startswith("access-control-")]


def test_no_wildcard_ever(service, token):
    """The origin is echoed exactly, or not at all."""
    for origin in (DASHBOARD, "https://evil.example", "null", "*"):
        reply = service.refresh(token, f"Origin: {origin}")
        assert "*" not in reply.all("access-control-allow-origin")


FAILURES: dict[str, tuple[int, list[str], str, bytes]] = {
    "400": (400, ["Verifa-Version: x"], REFRESH, b""),
    "401": (401, ["X-API-Key: x"], REFRESH, b""),
    "404": (404, [], "/nowhere", b""),
    "413": (413, [], REFRESH, b" " * 1025),
    "415": (415, ["Content-Type: text/plain"], REFRESH, b"x"),
    "422": (422, [], REFRESH, b"null"),
    "431": (431, ["X-Filler: " + "x" * 20000], REFRESH, b""),
    "broken HTTP": (400, ["X: y", "no colon"], REFRESH, b""),
}


@pytest.mark.parametrize(("status", "headers", "path", "body"), FAILURES.values(), ids=FAILURES)
def test_failure_is_readable_by_an_allowed_page(service, token, status, headers, path, body):
    """A page must be able to read its 401, and all others."""
    reply = service.request(f"Cookie: vk_org_token={token}", f"Origin: {DASHBOARD}", *headers, path=path, body=body)
    is_problem(reply, status)
    assert reply.header("access-control-allow-origin") == DASHBOARD
    assert reply.header("access-control-allow-credentials") == "true"
    assert reply.header("access-control-expose-headers") == EXPOSED


def test_own_origin_needs_no_cors(service, token):
    """A request of the service's own origin passes, and gets no CORS headers."""
    reply = service.refresh(token, "Origin: http://127.0.0.1")
    is_refreshed(reply)
    assert not reply.all("access-control-allow-origin")


def test_cookie_domain_stands_in_the_cookie_where_it_is_configured(start):
    """Domain= only when configured, at the end."""
    running = start(COOKIE_DOMAIN="withverifa.com")
    reply = running.refresh(running.sign())
    assert (reply.header("set-cookie") or "").endswith("; SameSite=Lax; Domain=withverifa.com")


# ---- rate limits


def limits_of(reply):
    return tuple(int(reply.header(name) or "-1") for name in LIMIT_HEADERS)


def test_session_is_limited_with_the_time_to_wait(start):
    """Three a day: the fourth is a 429 with Retry-After, the exact detail, and the window's end; others go on."""
    running = start(RATE_LIMIT="3/day")
    token, other = running.sign(sid="busy"), running.sign(sid="calm")
    lefts = []
    for _ in range(3):
        reply = running.refresh(token)
        token = is_refreshed(reply)
        lefts.append(limits_of(reply))
    assert [left[:2] for left in lefts] == [(3, 2), (3, 1), (3, 0)]
    reply = running.refresh(token)
    is_problem(reply, 429)
    seconds = int(reply.header("retry-after") or 0)
    limit, remaining, reset = limits_of(reply)
    assert (limit, remaining, reset % 86400) == (3, 0, 0)
    assert abs(time.time() + seconds - reset) <= 2
    assert 1 <= seconds <= 86400
    assert reply.json()["detail"] == f"Rate limit exceeded. Retry after {seconds} seconds."
    is_problem(running.refresh(token, "Verifa-Version: x", body=b"not JSON"), 429)  # before version and body
    is_problem(running.refresh(token, "X-API-Key: x"), 401)  # after the credentials
    reply = running.refresh(other)
    is_refreshed(reply)
    assert limits_of(reply)[:2] == (3, 2)


def test_refused_requests_count_for_the_session_too(start):
    """Bad bodies and versions get as far as the session's limit."""
    running = start(RATE_LIMIT="2/day")
    token = running.sign()
    is_problem(running.refresh(token, body=b"null"), 422)
    is_problem(running.refresh(token, "Verifa-Version: x"), 400)
    is_problem(running.refresh(token), 429)


def test_address_is_limited_by_its_failures_alone(start):
    """401 and 403 count for the address, nothing else does; then everyone there gets 429, but for the 403."""
    running = start(FAILURE_RATE_LIMIT="4/day", RATE_LIMIT="50/day")
    token = running.sign()
    for _ in range(6):
        reply = running.refresh(token)
        is_refreshed(reply)
        assert limits_of(reply)[0] == 50
    for headers, body, status in ((["Verifa-Version: x"], b"", 400), ([], b"null", 422), ([], b" " * 2000, 413)):
        is_problem(running.refresh(token, *headers, body=body), status)
    is_problem(running.get("/nowhere"), 404)
    for remaining in (3, 2, 1):
        reply = running.refresh("x.y.z")
        is_problem(reply, 401)
        assert limits_of(reply)[:2] == (4, remaining)
    is_problem(running.refresh(token, "Origin: https://evil.example"), 403)
    reply = running.refresh(token)
    is_problem(reply, 429)
    assert limits_of(reply)[:2] == (4, 0)
    assert running.reason_of(reply) == "rate limit: of the address"
    seconds = reply.header("retry-after")
    assert reply.json()["detail"] == f"Rate limit exceeded. Retry after {seconds} seconds."
    is_problem(running.refresh(None, "Verifa-Version: x"), 429)  # before the credentials
    is_problem(running.refresh(token, "Origin: https://evil.example"), 403)  # after the origin
    assert running.get("/healthz").status == 200


# ---- client addresses


def create_key(running, *networks):
    options = [word for network in networks for word in ("--allow-ip", network)]
    key = running.run("api-keys", "create", "--org", "org-1", "--version", "2026-01-01", *options).stdout.strip()
    return f"X-API-Key: {key}"


FORWARDED = {
    "of the allowed network": ("X-Forwarded-For: 203.0.113.7", 200),
    "with a port": ("X-Forwarded-For: 203.0.113.7:4711", 200),
    "last of several": ("X-Forwarded-For: 198.51.100.1, 203.0.113.7", 200),
    "made up by the client": ("X-Forwarded-For: 203.0.113.7, 198.51.100.1", 401),
    "of IPv6": ("X-Forwarded-For: 2001:db8::7", 200),
    "of IPv6 with a port": ("X-Forwarded-For: [2001:db8::7]:4711", 200),
    "of another network": ("X-Forwarded-For: 198.51.100.1", 401),
    "no address": ("X-Forwarded-For: unknown", 401),
    "empty": ("X-Forwarded-For:", 401),
    "Forwarded": ("Forwarded: for=203.0.113.7", 401),
    "X-Real-IP": ("X-Real-IP: 203.0.113.7", 401),
    "none": ("X: y", 401),
}


def test_address_counts_as_a_trusted_proxy_tells_it(start):
    """A key that holds for 203.0.113.0/24: the verdict follows X-Forwarded-For, as 127.0.0.1 is trusted by default."""
    running = start()
    token, key = running.sign(), create_key(running, "203.0.113.0/24", "2001:db8::/32")
    wait_for(lambda: running.refresh(token, key, "X-Forwarded-For: 203.0.113.7").status == 200, "the key to be known")
    for name, (header, status) in FORWARDED.items():
        assert running.refresh(token, key, header).status == status, name
    two = running.refresh(token, key, "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.7")
    is_refreshed(two)


def test_address_that_an_untrusted_peer_tells_counts_for_nothing(start):
    """The same header, from a peer that is no trusted proxy: the peer's own address counts."""
    running = start(FORWARDED_ALLOW_IPS="192.0.2.1")
    token = running.sign()
    there, here = create_key(running, "203.0.113.0/24"), create_key(running, "127.0.0.1")
    wait_for(lambda: running.refresh(token, here).status == 200, "the key to be known")
    is_refreshed(running.refresh(token, here, "X-Forwarded-For: 203.0.113.7"))
    reply = running.refresh(token, there, "X-Forwarded-For: 203.0.113.7")
    is_problem(reply, 401)
    assert running.reason_of(reply) == "api key: not from this address"
    assert running.log.request(reply.header("x-request-id"))["client"] == "127.0.0.1"


def test_no_peer_is_trusted_where_the_list_is_empty(start):
    """FORWARDED_ALLOW_IPS= trusts nobody."""
    running = start(FORWARDED_ALLOW_IPS="")
    reply = running.refresh(None, "X-Forwarded-For: 203.0.113.7")
    assert running.log.request(reply.header("x-request-id"))["client"] == "127.0.0.1"


def test_failures_count_for_the_address_that_a_trusted_proxy_tells(start):
    """One client's failures do not shut out the others behind the same proxy; a /64 of IPv6 is one address."""
    running = start(FAILURE_RATE_LIMIT="2/day")
    token = running.sign()
    first, second = "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 203.0.113.8"
    for _ in range(2):
        is_problem(running.refresh("x.y.z", first), 401)
    is_problem(running.refresh(token, first), 429)
    is_problem(running.refresh(token, "X-Forwarded-For: 198.51.100.9, 203.0.113.7"), 429)  # made-up hops do not help
    is_refreshed(running.refresh(token, second))
    for host in (1, 2):
        is_problem(running.refresh("x.y.z", f"X-Forwarded-For: 2001:db8:0:1::{host}"), 401)
    is_problem(running.refresh(token, "X-Forwarded-For: 2001:db8:0:1::3"), 429)
    is_refreshed(running.refresh(token, "X-Forwarded-For: 2001:db8:0:2::3"))


def test_limits_do_not_depend_on_what_an_untrusted_peer_tells(start):
    """A new X-Forwarded-For for every guess does not get around the limit."""
    running = start(FAILURE_RATE_LIMIT="2/day", FORWARDED_ALLOW_IPS="192.0.2.1")
    for number in range(2):
        is_problem(running.refresh("x.y.z", f"X-Forwarded-For: 203.0.113.{number}"), 401)
    is_problem(running.refresh("x.y.z", "X-Forwarded-For: 203.0.113.9"), 429)


# ---- connections


def test_connection_serves_request_after_request(service, token):
    """Kept alive through successes and failures alike; each answer is complete."""
    with service.connect() as connection:
        for cookie, status in ((token, 200), ("x", 401), (token, 200), ("y", 401), (token, 200)):
            head = f"POST {REFRESH} HTTP/1.1\r\nHost: x\r\nCookie: vk_org_token={cookie}\r\nContent-Length: 2\r\n\r\n"
            connection.sendall(head.encode() + b"{}")
            received = connection.recv(65536)
            shown, _, body = received.partition(b"\r\n\r\n")
            assert shown.startswith(f"HTTP/1.1 {status} ".encode())
            assert b"connection:" not in shown
            assert json.loads(body)
