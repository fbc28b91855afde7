"""The document says all that the service can answer, and nothing that it cannot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from security import errors
from service import settings
from tests.http import crashing, with_document
from tests.http.documented import CODES, ERROR, OPERATION, PATH, SPEC, VERSIONS, declared, deviations, resolved
from tests.http.with_document import LIFE, write
from tests.support.client import request_bytes
from tests.support.replies import Reply
from tests.support.service import Service
from tests.support.waiting import wait_for

ORIGIN = "https://dashboard.example.com"
PAGE = f"Origin: {ORIGIN}"
HUGE = "X-Filler: " + "x" * 20000
UNLIMITED = {"RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}


class Way(NamedTuple):
    """A way to an answer: at which service, how it is asked, and the status that comes."""

    at: str
    ask: Callable[[Service], Reply]
    status: int


def refresh(*headers: str, body: bytes = b"", sid: str | None = None) -> Callable[[Service], Reply]:
    """The documented call of a good session, with more headers or a body."""
    return lambda service: service.refresh(service.login(sid=sid), *headers, body=body)


def bare(*headers: str) -> Callable[[Service], Reply]:
    """The documented call without a session."""
    return lambda service: service.refresh(None, *headers)


def raw(*lines: str, body: bytes = b"") -> Callable[[Service], Reply]:
    """Bytes of our own making after the request line."""
    head = "\r\n".join([f"POST {PATH} HTTP/1.1", "Connection: close", *lines, "", ""]).encode()
    return lambda service: service.raw(head + body)


def again(way: Callable[[Service], Reply]) -> Callable[[Service], Reply]:
    """The second answer."""

    def ask(service: Service) -> Reply:
        way(service)
        return way(service)

    return ask


def with_key(service: Service) -> Reply:
    """The documented call with an API key that pins the older version, once that is known to the service."""
    key = service.cli("api-keys", "create", "--org", "org-1", "--version", "2026-01-01").stdout.strip()
    pinned = refresh(f"X-API-Key: {key}")
    wait_for(lambda: pinned(service).status == 200, "the API key")
    return pinned(service)


def without_store(*headers: str) -> Callable[[Service], Reply]:
    """The documented call of a session that signed in while the store was there."""
    return lambda service: service.refresh((service.folder / "token").read_text(), *headers)


JSON = "Content-Type: application/json"
TEXT = "Content-Type: text/plain"
WAYS = {
    "a fresh cookie": Way("plain", refresh(), 200),
    "a fresh cookie for a page": Way("plain", refresh(PAGE, JSON, body=b"{}"), 200),
    "a cookie with a Domain": Way("domain", refresh(), 200),
    "the older version": Way("plain", refresh("Verifa-Version: 2026-01-01"), 200),
    "the newer version": Way("plain", refresh("Verifa-Version: 2026-02-01"), 200),
    "the version of an API key": Way("plain", with_key, 200),
    "a version that is no version": Way("plain", refresh("Verifa-Version: new"), 400),
    "a version that is not on offer": Way("plain", refresh("Verifa-Version: 2020-01-01", PAGE), 400),
    "a body that is no JSON": Way("plain", refresh(JSON, body=b"\xff"), 400),
    "no Host": Way("plain", raw(PAGE), 400),
    "broken HTTP": Way("plain", raw("Host: 127.0.0.1", "no colon"), 400),
    "chunks that are none": Way(
        "plain", raw("Host: 127.0.0.1", PAGE, "Transfer-Encoding: chunked", body=b"zz\r\n"), 400
    ),
    "no cookie": Way("plain", bare(), 401),
    "no cookie, from a page": Way("plain", bare(PAGE), 401),
    "a cookie that is no token": Way("plain", lambda service: service.refresh("x"), 401),
    "an unknown API key": Way("plain", refresh("X-API-Key: vk_live_x"), 401),
    "a foreign page": Way("plain", refresh("Origin: https://evil.example"), 403),
    "a cross-site request": Way("plain", refresh("Sec-Fetch-Site: cross-site"), 403),
    "a long body": Way("plain", refresh(JSON, body=b" " * 1025), 413),
    "a long body from a page": Way("plain", refresh(JSON, PAGE, body=b" " * 1025), 413),
    "a long body in chunks": Way(
        "plain", raw("Host: 127.0.0.1", "Transfer-Encoding: chunked", body=b"401\r\n" + b" " * 1025 + b"\r\n"), 413
    ),
    "text": Way("plain", refresh(TEXT, body=b"{}"), 415),
    "text from a page": Way("plain", refresh(TEXT, PAGE, body=b"{}"), 415),
    "null": Way("plain", refresh(JSON, body=b"null"), 422),
    "a member, from a page": Way("plain", refresh(JSON, PAGE, body=b'{"a": 1}'), 422),
    "a session that came too often": Way("limited", again(refresh(sid="s-1")), 429),
    "a page that came too often": Way("limited", again(refresh(PAGE, sid="s-2")), 429),
    "an address that was refused too often": Way("limited by address", again(bare(PAGE)), 429),
    "a large header": Way("plain", bare(HUGE), 431),
    "a large header from a page": Way("plain", bare(PAGE, HUGE), 431),
    "a crash before the limiter": Way("crashing early", refresh(PAGE), 500),
    "a crash after the limiter": Way("crashing late", refresh(), 500),
    "no store": Way("without a store", without_store(), 503),
    "no store, from a page": Way("without a store", without_store(PAGE), 503),
}  # fmt: skip


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """One service for each place in WAYS."""
    places = {
        "plain": {},
        "domain": {"COOKIE_DOMAIN": "example.com"},
        "limited": {"RATE_LIMIT": "1/day"},
        "limited by address": {"FAILURE_RATE_LIMIT": "1/day"},
        "crashing early": {},
        "crashing late": {},
        "without a store": {"REVOCATION_POLL": "0.2", "MAX_STALENESS": "0.4"},
    }
    running = {}
    for name, own in places.items():
        service = Service(tmp_path_factory.mktemp("service"), **{**UNLIMITED, "ALLOWED_ORIGINS": ORIGIN, **own})
        if name.startswith("crashing"):
            service.command = [sys.executable, crashing.RUN, name.split()[1]]
        running[name] = service
    try:
        for service in running.values():
            service.start()
        bereft = running["without a store"]
        (bereft.folder / "token").write_text(bereft.login())
        bereft.lose_store()
        yield running
    finally:
        for service in running.values():
            if service.server is not None:
                service.stop()


@pytest.fixture(scope="module")
def replies(services: dict[str, Service]) -> dict[str, Reply]:
    """What each of WAYS leads to."""
    return {name: way.ask(services[way.at]) for name, way in WAYS.items()}


@pytest.mark.parametrize("name", WAYS)
def test_answer_is_as_the_document_says(replies, name):
    """Its status, its headers, all that must come and none besides, and its body stand there as they came."""
    assert replies[name].status == WAYS[name].status
    assert deviations(replies[name], OPERATION["responses"]) == []


def test_all_that_the_document_says_of_the_operation_happens(replies):
    """Each status, each header of each status and each version; the ending versions' headers come below."""
    assert {str(reply.status) for reply in replies.values()} == set(OPERATION["responses"])
    came = {(reply.status, name) for reply in replies.values() for name, _ in reply.headers}
    ending = {(200, "deprecation"), (200, "sunset"), (200, "link")}
    assert declared(OPERATION["responses"]) - came == ending
    assert {reply.header("verifa-version") for reply in replies.values() if reply.status == 200} == VERSIONS


def test_headers_that_may_be_missing_are_missing_somewhere(replies):
    """What the document does not promise, it does not promise for a reason: there is an answer without."""
    optional = {
        (int(status), name.lower())
        for status, response in OPERATION["responses"].items()
        for name, header in response["headers"].items()
        if not header.get("required")
    }
    always = {
        (status, name) for status, name in optional
        if all(reply.all(name) for reply in replies.values() if reply.status == status)
    }  # fmt: skip
    assert always == set()


def test_every_code_happens_and_no_other(replies, services):
    """The codes of the endpoint's answers, of an unknown path and of a wrong method are those of the enum."""
    others = [services["plain"].get("/nowhere"), services["plain"].get(PATH)]
    assert [reply.status for reply in others] == [404, 405]
    for reply in others:
        assert set(reply.json()) == set(ERROR["required"])
    codes = {reply.json()["error"] for reply in [*replies.values(), *others] if reply.status != 200}
    assert codes == CODES


def test_code_knows_no_error_that_the_document_does_not():
    """Every Problem in the code stands in the document, by code and status; 404 and 405 are of no operation."""
    kinds = errors.Problem.__subclasses__()
    assert {kind.code for kind in kinds} == CODES
    assert len(kinds) == len(CODES)
    assert {str(kind.status) for kind in kinds} - {"404", "405"} == set(OPERATION["responses"]) - {"200"}


def test_ending_version_answers_as_the_document_says(tmp_path):
    """Some releases on: the headers of a deprecated version come as declared, and a retired one's 400 is one."""
    file = write(tmp_path, LIFE, ["2026-02-01", "2026-08-01"])
    service = Service(tmp_path)
    service.command = [sys.executable, with_document.RUN, str(file)]
    service.start()
    document = service.get("/openapi.json").json()
    responses = resolved(document["paths"][PATH]["post"]["responses"], document)
    try:
        ending = refresh("Verifa-Version: 2026-02-01")(service)
        assert {"deprecation", "sunset", "link"} <= {name for name, _ in ending.headers}
        retired = refresh("Verifa-Version: 2026-01-01")(service)
        assert [ending.status, retired.status] == [200, 400]
        assert deviations(ending, responses) + deviations(retired, responses) == []
    finally:
        assert service.stop() == 0


def test_catalogue_and_enums_are_one():
    """What is on offer is what clients can ask for and be told."""
    catalogue = SPEC["x-version-catalogue"]
    offered = {name for name, entry in catalogue["versions"].items() if entry["status"] != "retired"}
    assert offered == VERSIONS
    assert set(OPERATION["responses"]["200"]["headers"]["Verifa-Version"]["schema"]["enum"]) == VERSIONS
    assert catalogue["default"] in VERSIONS


def test_preflight_lets_through_what_the_document_takes(services):
    """The method, and every header that is a parameter, a credential or the body's type."""
    preflight = services["plain"].raw(
        request_bytes("OPTIONS", PATH, PAGE, "Access-Control-Request-Method: POST", "Sec-Fetch-Site: cross-site")
    )
    assert preflight.status == 204
    assert preflight.header("access-control-allow-methods") == "POST"
    schemes = SPEC["components"]["securitySchemes"].values()
    names = {parameter["name"] for parameter in OPERATION["parameters"] if parameter["in"] == "header"}
    names |= {scheme["name"] for scheme in schemes if scheme["in"] == "header"} | {"Content-Type"}
    assert set(preflight.header("access-control-allow-headers").split(", ")) == names


def test_page_may_read_every_header_that_is_for_it(replies):
    """All headers of the document are exposed but those that browsers read themselves, or that pages always may."""
    exposed = set(replies["a fresh cookie for a page"].header("access-control-expose-headers").lower().split(", "))
    own = {
        "cache-control",
        "set-cookie",
        "strict-transport-security",
        "vary",
        "www-authenticate",
        "x-content-type-options",
    }
    names = {name for _, name in declared(OPERATION["responses"]) if not name.startswith("access-control-")}
    assert exposed == names - own


def test_limits_that_an_operator_may_set_are_those_that_the_document_tells():
    """The bounds of the settings are the maxima of the headers."""
    headers = OPERATION["responses"]["429"]["headers"]
    assert headers["X-RateLimit-Limit"]["schema"]["maximum"] == settings.MAX_RATE
    assert headers["Retry-After"]["schema"]["maximum"] == settings.MAX_RATE_SECONDS
