"""internal.yaml beside openapi.yaml: what both say is the same, and each operation is reached by its own listener only."""

from __future__ import annotations

import pytest
import yaml

from security import errors
from security.errors import NotFound, Unauthorized
from service.api import contract
from service.api.contract import Contract
from service.http.limits import MAX_HEAD_BYTES, MAX_STATEMENT_BYTES
from service.operations import internal
from tests.support.in_process import FORGE, PATH, build, send
from tests.support.request_contexts import request_for

PUBLIC, INTERNAL = contract.load(), internal.load()
VERIFY = "/verify"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "REPORT")


def components(document: Contract, kind: str):
    return document.spec["components"][kind]


def test_both_documents_ask_for_the_same_credentials():
    """The name of the cookie and that of the key's header, and which of them is needed."""
    for name, scheme in components(PUBLIC, "securitySchemes").items():
        own = components(INTERNAL, "securitySchemes")[name]
        assert {**scheme, "description": ""} == {**own, "description": ""}
    assert INTERNAL.spec["security"] == PUBLIC.spec["security"]
    assert INTERNAL.cookie_name == PUBLIC.cookie_name
    assert INTERNAL.challenge == PUBLIC.challenge


def test_both_documents_have_the_same_errors():
    """The body is one, and each code of the internal document is one of the code's, with the same status."""
    public, own = (components(each, "schemas")["ErrorResponse"] for each in (PUBLIC, INTERNAL))
    codes = set(own["properties"]["error"]["enum"])
    assert codes < set(components(PUBLIC, "schemas")["ErrorCode"]["enum"])
    for name in ("detail", "status_code"):
        assert own["properties"][name] == public["properties"][name]
    kinds = {kind.code: kind.status for kind in errors.Problem.__subclasses__()}
    operations = [
        item[method.lower()] for path, item in INTERNAL.spec["paths"].items() for method in INTERNAL.methods[path]
    ]
    statuses = {status for operation in operations for status in operation["responses"]}
    assert {str(kinds[code]) for code in codes} - {"404", "405"} == statuses - {"200", "202"}


def test_limits_are_those_of_the_document():
    """The sentences about sizes have the numbers of the code."""
    responses = components(INTERNAL, "responses")
    assert f"{MAX_STATEMENT_BYTES:,} bytes" in responses["PayloadTooLarge"]["description"]
    assert f"{MAX_HEAD_BYTES:,} bytes" in responses["HeadersTooLarge"]["description"]


def test_no_path_is_in_both_documents():
    """Nothing of one listener is to be had on the other."""
    assert not set(PUBLIC.methods) & set(INTERNAL.methods)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_answered_as_the_described_one(method):
    """A proxy may ask with the method of the request that it asks about; a body of that is not looked at."""
    request = send(build(INTERNAL), request_for(method, VERIFY, token=FORGE.token(), body=b"not JSON"))
    assert request.operation == request.route == "verifySession"
    assert request.response is not None
    assert (request.response.status, request.response.body) == (200, b"")
    assert request.version is None
    with pytest.raises(Unauthorized):
        send(build(INTERNAL), request_for(method, VERIFY))


@pytest.mark.parametrize("path", [VERIFY + "/", "/Verify", "/verify/x", "//verify", PATH])
def test_another_path_is_not_there(path):
    """x-any-method is about methods."""
    with pytest.raises(NotFound):
        send(build(INTERNAL), request_for("GET", path, token=FORGE.token()))


def test_without_a_limit_any_number_is_answered():
    """No session limit is counted where none is given."""
    built = build(INTERNAL, session_rate=None)
    for _ in range(20):
        request = send(built, request_for("GET", VERIFY, token=FORGE.token()))
        assert request.window is None


def test_any_method_is_a_matter_of_the_document():
    """Without our extension a method that the document does not list is refused, as on any path."""
    spec = yaml.safe_load(INTERNAL.text)
    del spec["paths"][VERIFY]["get"]["x-any-method"]
    built = build(Contract(yaml.safe_dump(spec).encode()))
    assert send(built, request_for("GET", VERIFY, token=FORGE.token())).response is not None
    with pytest.raises(Exception, match="405"):
        send(built, request_for("POST", VERIFY, token=FORGE.token()))
