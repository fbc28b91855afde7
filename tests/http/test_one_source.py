"""The document describes every response of the service, and the service gives every response that it describes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.http.cases import CASES, ORIGIN, PAGE, refresh
from tests.support import versions
from tests.support.client import request_bytes
from tests.support.document import CODES, ERROR, OPERATION, PATH, SPEC, VERSIONS, declared, deviations, resolved
from tests.support.programs import crashing, with_document
from tests.support.programs.with_document import LATER_CATALOGUE, write
from tests.support.replies import Reply
from tests.support.service import Service

UNLIMITED = {"RATE_LIMIT": "1000000/minute", "FAILURE_RATE_LIMIT": "1000000/minute"}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """The services that CASES need, by name."""
    places = {
        "plain": {},
        "domain": {"COOKIE_DOMAIN": "example.com"},
        "binding": {"DEVICE_BINDING": "offer"},
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
        storeless = running["without a store"]
        (storeless.folder / "token").write_text(storeless.login())
        storeless.lose_store()
        yield running
    finally:
        for service in running.values():
            if service.server is not None:
                service.stop()


@pytest.fixture(scope="module")
def replies(services: dict[str, Service]) -> dict[str, Reply]:
    """The response to each of CASES."""
    return {name: case.ask(services[case.at]) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_answer_is_as_the_document_says(replies, name):
    """The response's status, headers and body are those of the document, and no required header is missing."""
    assert replies[name].status == CASES[name].status
    assert deviations(replies[name], OPERATION["responses"]) == []


def test_all_that_the_document_says_of_the_operation_happens(replies):
    """Each status, each header and each version of the document comes in some response.

    Headers of ending versions are tested below.
    """
    assert {str(reply.status) for reply in replies.values()} == set(OPERATION["responses"])
    came = {(reply.status, name) for reply in replies.values() for name, _ in reply.headers}
    ending = {(200, "deprecation"), (200, "sunset"), (200, "link")}
    assert declared(OPERATION["responses"]) - came == (set() if versions.ENDS else ending)
    assert {reply.header("verifa-version") for reply in replies.values() if reply.status == 200} == VERSIONS


def test_headers_that_may_be_missing_are_missing_somewhere(replies):
    """A header that the document calls optional is missing in at least one response."""
    optional = {
        (int(status), name.lower())
        for status, response in OPERATION["responses"].items()
        for name, header in response["headers"].items()
        if not header.get("required")
    }
    always = {
        (status, name) for status, name in optional
        if name != "strict-transport-security"  # missing where HSTS is empty: test_setting_hsts_is_the_header
        and all(reply.all(name) for reply in replies.values() if reply.status == status)
    }  # fmt: skip
    assert always == set()


def test_every_code_happens_and_no_other(replies, services):
    """The error codes of all responses are those of the enum: no more, no fewer."""
    others = [services["plain"].get("/nowhere"), services["plain"].get(PATH)]
    assert [reply.status for reply in others] == [404, 405]
    for reply in others:
        assert set(reply.json()) == set(ERROR["required"])
    codes = {reply.json()["error"] for reply in [*replies.values(), *others] if reply.status != 200}
    assert codes == CODES


def test_ending_version_answers_as_the_document_says(tmp_path):
    """With a later catalogue, the headers of a deprecated version and the 400 of a retired one are as declared."""
    file = write(tmp_path, LATER_CATALOGUE, ["2026-02-01", "2026-08-01"])
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


def test_preflight_lets_through_what_the_document_takes(services):
    """The method, and every header that is a parameter, a credential or the body's type, and a few of libraries."""
    preflight = services["plain"].raw(
        request_bytes("OPTIONS", PATH, PAGE, "Access-Control-Request-Method: POST", "Sec-Fetch-Site: cross-site")
    )
    assert preflight.status == 204
    assert preflight.header("access-control-allow-methods") == "POST"
    schemes = SPEC["components"]["securitySchemes"].values()
    names = {parameter["name"] for parameter in OPERATION["parameters"] if parameter["in"] == "header"}
    names |= {scheme["name"] for scheme in schemes if scheme["in"] == "header"} | {"Content-Type"}
    assert names < set(preflight.header("access-control-allow-headers").split(", "))


def test_page_may_read_every_header_that_is_for_it(replies):
    """All documented headers are exposed but those for the browser itself, and those that pages can always read.

    So is Date (RFC 9110 section 6.6.1), by which a page reads the moments in them.
    """
    exposed = set(replies["a fresh cookie for a page"].header("access-control-expose-headers").lower().split(", "))
    own = {
        "cache-control",
        "secure-session-registration",
        "set-cookie",
        "strict-transport-security",
        "vary",
        "www-authenticate",
        "x-content-type-options",
    }
    names = {name for _, name in declared(OPERATION["responses"]) if not name.startswith("access-control-")}
    assert exposed == names - own | {"date"}
