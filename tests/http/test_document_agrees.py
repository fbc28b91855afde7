"""The tables of openapi.yaml, of the code and of the settings agree with one another."""

from __future__ import annotations

from security import errors
from security.compact import MAX_TOKEN_BYTES
from security.cookies import SetCookie
from service.runtime import setting_values
from tests.support.document import CODES, OPERATION, SPEC, VERSIONS


def test_code_knows_no_error_that_the_document_does_not():
    """Every Problem class is in the document, by code and status. 404 and 405 belong to no operation."""
    kinds = errors.Problem.__subclasses__()
    assert {kind.code for kind in kinds} == CODES
    assert len(kinds) == len(CODES)
    assert {str(kind.status) for kind in kinds} - {"404", "405"} == set(OPERATION["responses"]) - {"200"}


def test_catalogue_and_enums_are_one():
    """The versions on offer are those that clients can ask for, and those that responses can name."""
    catalogue = SPEC["x-version-catalogue"]
    offered = {name for name, entry in catalogue["versions"].items() if entry["status"] != "retired"}
    assert offered == VERSIONS
    assert set(OPERATION["responses"]["200"]["headers"]["Verifa-Version"]["schema"]["enum"]) == VERSIONS
    assert catalogue["default"] in VERSIONS


def test_each_version_has_its_name():
    """Generated clients call each version by its own date: a list that is too short, or in another order, would mix them up."""
    schema = SPEC["components"]["schemas"]["ApiVersion"]
    assert schema["x-enum-varnames"] == [f"V{version.replace('-', '_')}" for version in schema["enum"]]


def test_limits_that_an_operator_may_set_are_those_that_the_document_tells():
    """The upper bounds of the settings are the maxima of the headers."""
    headers = OPERATION["responses"]["429"]["headers"]
    assert headers["X-RateLimit-Limit"]["schema"]["maximum"] == setting_values.MAX_RATE
    assert headers["Retry-After"]["schema"]["maximum"] == setting_values.MAX_RATE_SECONDS


def test_longest_cookie_is_that_of_the_document():
    """The longest token, and the longest host name as its Domain (RFC 1035 section 2.3.4)."""
    schema = OPERATION["responses"]["200"]["headers"]["Set-Cookie"]["schema"]
    assert schema["maxLength"] == len(SetCookie(b"vk_org_token", "d" * 253)(b"t" * MAX_TOKEN_BYTES))
    scheme = SPEC["components"]["securitySchemes"]["sessionCookie"]
    assert f"at most {MAX_TOKEN_BYTES:,} bytes" in scheme["description"]
