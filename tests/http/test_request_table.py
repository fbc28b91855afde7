"""The request table of the interface, row by row: what each part of a request may be, and what else it gets."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime

import pytest

from tests.support.assertions import DASHBOARD, LIMIT_HEADERS, REFRESH, is_problem, is_refreshed
from tests.support.client import request_bytes
from tests.support.waiting import wait_for

UNAUTHORIZED = b'{"error": "unauthorized", "detail": "Sign in again.", "status_code": 401}'


@pytest.fixture(scope="module")
def token(service):
    return service.sign(sid="table")


# ---- cookie

# %T is a good token, %O another good one.
COOKIES: dict[str, tuple[list[str], int]] = {
    "no Cookie header": ([], 401),
    "empty Cookie header": (["Cookie:"], 401),
    "other cookies alone": (["Cookie: a=b; c=d"], 401),
    "alone": (["Cookie: vk_org_token=%T"], 200),
    "among others": (["Cookie: a=b; vk_org_token=%T; c=d"], 200),
    "without space after the semicolon": (["Cookie: a=b;vk_org_token=%T;c=d"], 200),
    "tab after the semicolon": (["Cookie: a=b;\tvk_org_token=%T"], 200),
    "semicolon at the end": (["Cookie: vk_org_token=%T;"], 200),
    "semicolons all over": (["Cookie: ;; ;vk_org_token=%T;; ;"], 200),
    "in the first of two headers": (["Cookie: vk_org_token=%T", "Cookie: a=b"], 200),
    "in the second of two headers": (["Cookie: a=b", "Cookie: vk_org_token=%T"], 200),
    "in the third, in odd case": (["Cookie: a=b", "COOKIE: c=d", "cookie: vk_org_token=%T"], 200),
    "twice with one value": (["Cookie: vk_org_token=%T; vk_org_token=%T"], 200),
    "twice with one value, in two headers": (["Cookie: vk_org_token=%T", "Cookie: vk_org_token=%T"], 200),
    "twice with two good values": (["Cookie: vk_org_token=%T; vk_org_token=%O"], 401),
    "twice with two good values, in two headers": (["Cookie: vk_org_token=%T", "Cookie: vk_org_token=%O"], 401),
    "good, then bad": (["Cookie: vk_org_token=%T; vk_org_token=x"], 401),
    "bad, then good": (["Cookie: vk_org_token=x; vk_org_token=%T"], 401),
    "empty, then good": (["Cookie: vk_org_token=; vk_org_token=%T"], 401),
    "empty": (["Cookie: vk_org_token="], 401),
    "without =": (["Cookie: vk_org_token"], 401),
    "in quotes": (['Cookie: vk_org_token="%T"'], 401),
    "with a space before =": (["Cookie: vk_org_token =%T"], 401),
    "with a space after =": (["Cookie: vk_org_token= %T"], 401),
    "percent-encoded": (["Cookie: vk%5Forg_token=%T"], 401),
    "of another case": (["Cookie: VK_ORG_TOKEN=%T"], 401),
    "with a longer name": (["Cookie: xvk_org_token=%T"], 401),
    "with a shorter name": (["Cookie: vk_org_toke=%T"], 401),
    "with a prefixed name": (["Cookie: __Host-vk_org_token=%T"], 401),
    "with commas for semicolons": (["Cookie: a=b, vk_org_token=%T"], 401),
    "within another's value": (["Cookie: a=vk_org_token=%T"], 401),
    "in Authorization": (["Authorization: Bearer %T"], 401),
    "in Set-Cookie": (["Set-Cookie: vk_org_token=%T"], 401),
    "in Cookie2": (["Cookie2: vk_org_token=%T"], 401),
    "beside JSON": (['Cookie: prefs={"a":"b","c":[1,2]}; vk_org_token=%T'], 200),
    "beside JSON with a semicolon": (['Cookie: prefs={"a":"b;c"}; vk_org_token=%T'], 200),
    "beside a quote that never ends": (['Cookie: a="b; vk_org_token=%T'], 200),
    "beside a name with a slash": (["Cookie: a/b=1; vk_org_token=%T"], 200),
    "beside a name with an at sign": (["Cookie: a@b=1; vk_org_token=%T"], 200),
    "beside names of all signs": (["Cookie: []{}()<>?:,\\=1; vk_org_token=%T"], 200),
    "beside a cookie without =": (["Cookie: flag; vk_org_token=%T"], 200),
    "beside a cookie without name": (["Cookie: =x; vk_org_token=%T"], 200),
    "beside bytes over 127": (["Cookie: a=\xff\xfe\xe9; vk_org_token=%T"], 200),
    "beside $Version": (["Cookie: $Version=1; vk_org_token=%T; $Path=/"], 200),
    "beside a thousand others": (["Cookie: " + "; ".join(f"c{n}=v" for n in range(1000)) + "; vk_org_token=%T"], 200),
}


@pytest.mark.parametrize(("headers", "status"), COOKIES.values(), ids=COOKIES)
def test_one_session_cookie_counts_and_no_other_matters(service, token, headers, status):
    """One value of one name, wherever it stands; all else is 401, or of no account."""
    other = service.sign(sid="another")
    reply = service.request(*(header.replace("%T", token).replace("%O", other) for header in headers))
    if status == 200:
        is_refreshed(reply)
    else:
        is_problem(reply, status)
        assert reply.body == UNAUTHORIZED


def test_token_in_the_query_or_the_body_counts_for_nothing(service, token):
    """The cookie is the only place."""
    is_problem(service.request(path=f"{REFRESH}?vk_org_token={token}"), 401)
    form = f"vk_org_token={token}".encode()
    is_problem(service.request("Content-Type: application/x-www-form-urlencoded", body=form), 401)


# ---- X-API-Key


@pytest.fixture(scope="module")
def api_keys(service):
    """API keys of every condition, all of them known to the service."""

    def create(*options, org="org-1", version="2026-01-01"):
        return service.run("api-keys", "create", "--org", org, "--version", version, *options).stdout.strip()

    def identities():
        return {row.split("\t")[0] for row in service.run("api-keys", "list").stdout.splitlines()}

    before = identities()
    made = {"revoked": create()}
    (revoked,) = identities() - before
    end = datetime.fromtimestamp(int(time.time()) + 3, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made |= {
        "ending": create("--expires", end),
        "live": create(),
        "sandbox": create("--sandbox", version="2026-02-01"),
        "other org": create(org="org-2"),
        "elsewhere": create("--allow-ip", "10.0.0.0/8", "--allow-ip", "2001:db8::/32"),
        "here": create("--allow-ip", "10.0.0.0/8", "--allow-ip", "127.0.0.0/8"),
    }
    token = service.sign(sid="api-keys")

    def accepted(name):
        return service.refresh(token, f"X-API-Key: {made[name]}").status == 200

    wait_for(lambda: accepted("here"), "all the keys to be known")
    service.run("api-keys", "revoke", revoked)
    wait_for(lambda: not accepted("revoked"), "the revocation to be in force")
    wait_for(lambda: not accepted("ending"), "the key to end")
    return made


KEYS: dict[str, tuple[list[str], int, str | None]] = {
    "live": (["live"], 200, "2026-01-01"),
    "sandbox": (["sandbox"], 200, "2026-02-01"),
    "from an allowed address": (["here"], 200, "2026-01-01"),
    "twice the same": (["live", "live"], 200, "2026-01-01"),
    "revoked": (["revoked"], 401, "api key: revoked"),
    "expired": (["ending"], 401, "api key: expired"),
    "of another organisation": (["other org"], 401, "api key: of another organisation"),
    "from another address": (["elsewhere"], 401, "api key: not from this address"),
    "twice, different": (["live", "sandbox"], 401, "api key: there twice, with different values"),
    "good, then bad": (["live", "revoked"], 401, "api key: there twice, with different values"),
}


@pytest.mark.parametrize(("names", "status", "told"), KEYS.values(), ids=KEYS)
def test_api_key_must_be_live_and_pins_the_version(service, api_keys, token, names, status, told):
    """A key that holds pins the version; one that does not is a 401, however good the cookie is."""
    reply = service.refresh(token, *(f"X-API-Key: {api_keys[name]}" for name in names))
    if status == 200:
        is_refreshed(reply)
        assert reply.header("verifa-version") == told
    else:
        is_problem(reply, status)
        assert reply.body == UNAUTHORIZED
        assert service.reason_of(reply) == told


MALFORMED_KEYS = [
    "",
    "x",
    "vk_live_",
    "vk_live_" + "A" * 43,
    "%L x",
    "%Lx",
    "Bearer %L",
    "%L, %L",
    "\xff\xfe",
    "a" * 9000,
]


@pytest.mark.parametrize("value", MALFORMED_KEYS)
def test_api_key_that_is_none_is_refused(service, api_keys, token, value):
    """Empty, unknown, cut, quoted: 401 beside the best of cookies."""
    is_problem(service.refresh(token, "X-API-Key: " + value.replace("%L", api_keys["live"])), 401)


def test_api_key_alone_never_authenticates(service, api_keys):
    """A live key without a cookie, or with a bad one, is a 401."""
    is_problem(service.refresh(None, f"X-API-Key: {api_keys['live']}"), 401)
    is_problem(service.refresh("x.y.z", f"X-API-Key: {api_keys['live']}"), 401)


def test_api_key_in_the_query_or_authorization_is_not_looked_at(service, token):
    """Only the header counts, so nothing is refused for what stands elsewhere."""
    reply = service.request(f"Cookie: vk_org_token={token}", "Authorization: Bearer x", path=f"{REFRESH}?X-API-Key=x")
    is_refreshed(reply)


# ---- Verifa-Version

VERSIONS: dict[str, tuple[list[str], int, str]] = {
    "absent": ([], 200, "2026-02-01"),
    "the default": (["2026-02-01"], 200, "2026-02-01"),
    "the older one": (["2026-01-01"], 200, "2026-01-01"),
    "with blanks around": (["  2026-01-01  "], 200, "2026-01-01"),
    "unknown": (["2026-03-01"], 400, "Verifa-Version is not one of the versions on offer."),
    "before all": (["1999-12-31"], 400, "Verifa-Version is not one of the versions on offer."),
    "empty": ([""], 400, "Verifa-Version is not one of the versions on offer."),
    "not a date": (["latest"], 400, "Verifa-Version is not one of the versions on offer."),
    "without zeros": (["2026-2-1"], 400, "Verifa-Version is not one of the versions on offer."),
    "with a time": (["2026-02-01T00:00:00Z"], 400, "Verifa-Version is not one of the versions on offer."),
    "in quotes": (['"2026-02-01"'], 400, "Verifa-Version is not one of the versions on offer."),
    "in a list": (["2026-02-01, 2026-02-01"], 400, "Verifa-Version is not one of the versions on offer."),
    "of a month that is not": (["2026-13-01"], 400, "Verifa-Version is not one of the versions on offer."),
    "bytes over 127": (["\xff" * 10], 400, "Verifa-Version is not one of the versions on offer."),
    "of 5,000 characters": (["2026-02-01" * 500], 400, "Verifa-Version is not one of the versions on offer."),
    "repeated": (["2026-02-01", "2026-02-01"], 400, "Verifa-Version may be given once."),
    "given twice": (["2026-01-01", "2026-02-01"], 400, "Verifa-Version may be given once."),
}


@pytest.mark.parametrize(("values", "status", "told"), VERSIONS.values(), ids=VERSIONS)
def test_version_is_one_on_offer_given_once(service, token, values, status, told):
    """The effective version comes back; what is not on offer is a 400."""
    reply = service.refresh(token, *(f"Verifa-Version: {value}" for value in values))
    if status == 200:
        is_refreshed(reply)
        assert reply.header("verifa-version") == told
    else:
        is_problem(reply, 400)
        assert reply.json()["detail"] == told
        assert not reply.all("verifa-version")


def test_version_in_the_request_goes_before_that_of_the_api_key(service, api_keys, token):
    """A key pins what a call that names no version gets, and nothing else."""
    reply = service.refresh(token, f"X-API-Key: {api_keys['live']}", "Verifa-Version: 2026-02-01")
    assert reply.header("verifa-version") == "2026-02-01"


# ---- body

JSON = "application/json"
BODIES: dict[str, tuple[str | None, bytes, int]] = {
    "no body, JSON": (JSON, b"", 200),
    "no body, other type": ("text/plain", b"", 200),
    "no body, form": ("application/x-www-form-urlencoded", b"", 200),
    "no body, a type that is none": ("nonsense", b"", 200),
    "{} as JSON": (JSON, b"{}", 200),
    "{} without a type": (None, b"{}", 200),
    "{} with blanks": (JSON, b" \r\n\t{ \n } ", 200),
    "{} with charset": ("application/json; charset=utf-8", b"{}", 200),
    "{} with charset, tight": ("application/json;charset=UTF-8", b"{}", 200),
    "{} with charset in quotes": ('application/json; charset="utf-8"', b"{}", 200),
    "{} with charset, a blank before the semicolon": ("application/json ; charset=utf-8", b"{}", 200),
    "{} with other parameters": ("application/json; a=b; c=d", b"{}", 200),
    "{} in capitals": ("APPLICATION/JSON", b"{}", 200),
    "{} with a semicolon at the end": ("application/json;", b"{}", 200),
    "{} of just 1024 bytes": (JSON, b"{" + b" " * 1022 + b"}", 200),
    "{} in UTF-16": ("application/json; charset=utf-16", "{}".encode("utf-16"), 400),
    "{} in UTF-16 without a mark": ("application/json; charset=utf-16le", "{}".encode("utf-16-le"), 400),
    "{} in UTF-32": (JSON, "{}".encode("utf-32"), 400),
    "{} with a byte order mark": (JSON, b"\xef\xbb\xbf{}", 400),
    "an unknown charset and no JSON": ("application/json; charset=klingon", b"\xff", 400),
    "not UTF-8": (JSON, b'{"a":"\xff"}', 400),
    "half a character": (JSON, b'{"a":"\xc3"}', 400),
    "surrogates in UTF-8": (JSON, b'{"a":"\xed\xa0\x80"}', 400),
    "a blank": (JSON, b" ", 400),
    "NUL": (JSON, b"\0", 400),
    "{ alone": (JSON, b"{", 400),
    "{} twice": (JSON, b"{}{}", 400),
    "{} and a comma": (JSON, b"{},", 400),
    "single quotes": (JSON, b"{'a':1}", 400),
    "comment": (JSON, b"{/**/}", 400),
    "a form as JSON": (JSON, b"a=b", 400),
    "NaN": (JSON, b"NaN", 400),
    "infinity": (JSON, b"-Infinity", 400),
    "NaN within": (JSON, b'{"a":NaN}', 400),
    "500 lists deep, never closed": (JSON, b"[" * 1000, 400),
    "null": (JSON, b"null", 422),
    "true": (JSON, b"true", 422),
    "a number": (JSON, b"0", 422),
    "a number of 1,000 digits": (JSON, b"9" * 1000, 422),
    "a number beyond all bounds": (JSON, b"1e999", 422),
    "text": (JSON, b'"{}"', 422),
    "the empty list": (JSON, b"[]", 422),
    "a list with {}": (JSON, b"[{}]", 422),
    "a member": (JSON, b'{"a":1}', 422),
    "a member without name": (JSON, b'{"":{}}', 422),
    "__proto__": (JSON, b'{"__proto__":{}}', 422),
    "a name twice": (JSON, b'{"a":1,"a":2}', 422),
    "a lone surrogate": (JSON, b'{"\\ud800":1}', 422),
    "lists 512 deep": (JSON, b"[" * 512 + b"]" * 512, 422),
    "objects 170 deep": (JSON, b'{"a":' * 170 + b"{}" + b"}" * 170, 422),
    "a member, without a type": (None, b'{"a":1}', 422),
    "text/plain": ("text/plain", b"{}", 415),
    "text/json": ("text/json", b"{}", 415),
    "a form": ("application/x-www-form-urlencoded", b"{}", 415),
    "multipart": ("multipart/form-data; boundary=x", b"--x--\r\n", 415),
    "XML": ("application/xml", b"<a/>", 415),
    "problem+json": ("application/problem+json", b"{}", 415),
    "merge-patch+json": ("application/merge-patch+json", b"{}", 415),
    "jsonp": ("application/jsonp", b"{}", 415),
    "application/*": ("application/*", b"{}", 415),
    "*/*": ("*/*", b"{}", 415),
    "a type that is none": ("json", b"{}", 415),
    "two types": ("text/plain, application/json", b"{}", 415),
    "bytes over 127 as type": ("\xff\xfe", b"{}", 415),
    "not JSON, of another type": ("text/plain", b"\xff", 415),
    "octets": ("application/octet-stream", b"\0", 415),
}


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize(("content_type", "body", "status"), BODIES.values(), ids=BODIES)
def test_body_is_nothing_or_the_empty_object(service, token, content_type, body, status, chunked):
    """Declared or chunked, the verdict is the same."""
    headers = [] if content_type is None else [f"Content-Type: {content_type}"]
    if chunked:
        head = request_bytes("POST", REFRESH, f"Cookie: vk_org_token={token}", "Transfer-Encoding: chunked", *headers)
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:1], body[1:]) if part)
        reply = service.raw(head + chunks + b"0\r\n\r\n")
    else:
        reply = service.refresh(token, *headers, body=body)
    if status == 200:
        is_refreshed(reply)
    else:
        is_problem(reply, status)


def test_content_type_twice_is_not_json(service, token):
    """Two Content-Type headers are one that is no media type, or the first; never a crash."""
    reply = service.refresh(token, "Content-Type: text/plain", "Content-Type: application/json", body=b"{}")
    is_problem(reply, 415)


TOO_LONG = {
    "declared": (b"Content-Length: 1025\r\n\r\n", b""),
    "declared, sent whole": (b"Content-Length: 1025\r\n\r\n", b" " * 1025),
    "declared, a little of 1 GB sent": (b"Content-Length: 1000000000\r\n\r\n", b" " * 10),
    "in one chunk": (b"Transfer-Encoding: chunked\r\n\r\n", b"401\r\n" + b" " * 1025),
    "in many chunks": (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 1025),
    "with {} at its start": (b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\n{}\r\n400\r\n" + b" " * 1024),
}


@pytest.mark.parametrize(("head", "body"), TOO_LONG.values(), ids=TOO_LONG)
def test_body_of_more_than_1_kib_is_refused_before_its_end(service, token, head, body):
    """413 comes without the rest being read, and without another word the connection closes."""
    start = request_bytes("POST", REFRESH, f"Cookie: vk_org_token={token}").removesuffix(b"\r\n")
    start = start.replace(b"Connection: close\r\n", b"")
    (reply,) = service.talk(start + head + body)
    is_problem(reply, 413)
    assert reply.header("connection") == "close"


def test_too_long_a_body_is_refused_on_every_path_and_for_everybody(service):
    """Size comes before all else: no cookie, no path, no right origin needed."""
    for path, origin in ((REFRESH, "https://evil.example"), ("/nowhere", DASHBOARD), ("/healthz", DASHBOARD)):
        is_problem(service.request(f"Origin: {origin}", path=path, body=b" " * 1025), 413)


# ---- Origin and Sec-Fetch-Site

SITES = [None, "same-origin", "none", "same-site", "cross-site", "", "SAME-ORIGIN", "x"]
ORIGINS = {
    None: None,
    "allowed": DASHBOARD,
    "the other allowed one": "http://localhost:3000",
    "own": "http://127.0.0.1",
    "own, of the other scheme": "https://127.0.0.1",
    "own, default port": "http://127.0.0.1:80",
    "null": "null",
    "evil": "https://evil.example",
    "allowed, other port": DASHBOARD + ":8443",
    "allowed, other scheme": DASHBOARD.replace("https", "http"),
    "allowed, capitals": DASHBOARD.upper(),
    "allowed, a slash": DASHBOARD + "/",
    "allowed as a suffix": "https://evil-dashboard.example.com",
    "allowed as a prefix": DASHBOARD + ".evil.example",
    "allowed with a user": "https://evil@dashboard.example.com",
    "two": f"{DASHBOARD} https://evil.example",
    "own, other port": "http://127.0.0.1:81",
    "empty": "",
    "file": "file://",
}
ALLOWED = {"allowed", "the other allowed one"}
OWN = {"own", "own, of the other scheme", "own, default port"}


@pytest.mark.parametrize(("origin", "site"), list(itertools.product(ORIGINS, SITES)))
def test_browser_request_of_another_origin_is_refused(service, token, origin, site):
    """Every pair of Origin and Sec-Fetch-Site, by the interface's rule; a refusal says nothing about the session."""
    headers = [] if origin is None else [f"Origin: {ORIGINS[origin]}"]
    headers += [] if site is None else [f"Sec-Fetch-Site: {site}"]
    passes = (
        origin in ALLOWED or site in ("same-origin", "none") or (site is None and (origin is None or origin in OWN))
    )
    if origin == "null" and site in ("same-origin", "none"):
        passes = False  # "never passes"
    reply = service.refresh(token, *headers)
    if passes:
        is_refreshed(reply)
    else:
        is_problem(reply, 403)
    assert reply.header("access-control-allow-origin") == (ORIGINS[origin] if origin in ALLOWED else None)


def test_origin_given_twice_is_refused(service, token):
    """Two Origin headers are none that is allowed; two Sec-Fetch-Site are none that passes."""
    is_problem(service.refresh(token, f"Origin: {DASHBOARD}", f"Origin: {DASHBOARD}"), 403)
    is_problem(service.refresh(token, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"), 403)


def test_own_origin_is_that_of_the_host_header(service, token):
    """Host and port of the Origin must equal those of Host, whatever the address is that was connected to."""
    for host, origin, status in (
        ("api.example.com", "https://api.example.com", 200),
        ("api.example.com:8443", "https://api.example.com:8443", 200),
        ("API.example.com", "https://api.EXAMPLE.com", 200),
        ("[::1]:8080", "http://[::1]:8080", 200),
        ("api.example.com:8443", "https://api.example.com", 403),
        ("api.example.com", "https://api.example.com.evil.example", 403),
        ("", "https://", 403),
        ("", "null", 403),
    ):
        lines = [f"POST {REFRESH} HTTP/1.1", f"Host: {host}", f"Origin: {origin}", f"Cookie: vk_org_token={token}"]
        reply = service.raw("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        assert reply.status == status, (host, origin)


# ---- the rest


@pytest.mark.parametrize("value", ["", "a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "x" * 5000, "\xff"])
def test_idempotency_key_is_accepted_and_ignored(service, token, value):
    """Twice the same key are two refreshes, with two tokens."""
    first, second = (service.refresh(token, f"Idempotency-Key: {value}") for _ in range(2))
    assert is_refreshed(first) != is_refreshed(second)


@pytest.mark.parametrize(
    "header",
    ["Accept: text/html", "Accept: nonsense", "Accept-Encoding: gzip, br", "Accept-Language: de", "Range: bytes=0-1",
     "If-Match: x", "If-None-Match: *", "If-Modified-Since: x", "Prefer: respond-async", "X-HTTP-Method-Override: GET",
     "Content-Encoding: gzip", "X-Forwarded-Proto: ftp", "X-Forwarded-Host: evil", "Forwarded: for=1.2.3.4",
     "TE: trailers", "X-Original-URL: /nowhere", "Cookie2: x", "Keep-Alive: timeout=1",
     "Via: 1.1 x", "Max-Forwards: 0"],
)  # fmt: skip
def test_other_headers_do_not_matter(service, token, header):
    """What the interface does not name changes nothing."""
    is_refreshed(service.refresh(token, header))


# ---- order of refusal

FAULTS: list[tuple[int, list[str], bytes]] = [
    (413, [], b" " * 1025),
    (403, ["Origin: https://evil.example"], b""),
    (401, ["X-API-Key: unknown"], b""),
    (400, ["Verifa-Version: 1999-01-01"], b""),
    (415, ["Content-Type: text/plain"], b"\xff"),
]


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(len(FAULTS)), 2)))
def test_of_two_faults_the_earlier_in_the_order_is_told(service, token, first, second):
    """Size, origin, credentials, version, body."""
    (status, headers, body), (_, more_headers, other_body) = FAULTS[first], FAULTS[second]
    is_problem(service.refresh(token, *headers, *more_headers, body=body or other_body), status)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (["Content-Type: text/plain"], b"not JSON", 415),
        (["Verifa-Version: x"], b"not JSON", 400),
        (["Verifa-Version: x"], b"null", 400),
        (["Content-Type: text/plain"], b"null", 415),
    ],
)
def test_of_two_faults_in_version_and_body_the_earlier_is_told(service, token, headers, body, status):
    """Version before body; in the body, the type before what it holds."""
    reply = service.refresh(token, *headers, body=body)
    is_problem(reply, status)
    if status == 400:
        assert "Verifa-Version" in reply.json()["detail"]
    assert all(reply.header(name) for name in LIMIT_HEADERS)


def test_no_cookie_goes_before_version_and_body(service):
    """401 for whoever is not known, whatever else is wrong."""
    is_problem(service.refresh(None, "Verifa-Version: x", "Content-Type: text/plain", body=b"x"), 401)
