"""Two documents: the operations of both are served and refused, each by its own document."""

from __future__ import annotations

import pytest
import yaml

import handlers
from handlers.auth import JSON, Response
from security.authentication import Identity
from security.errors import BadRequest, Forbidden, Unauthorized, UnprocessableContent
from service.api import contract
from service.api.contract import Contract
from service.api.versions import ContractError
from tests.support.in_process import EVIL, FORGE, PATH, build, send
from tests.support.request_contexts import request_for

OTHER = """
openapi: 3.0.3
info: {title: another, version: 1.0.0}
paths:
  /other/open:
    post:
      operationId: openOperation
      security: []
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
    get:
      operationId: withoutBody
      responses: {"200": {description: ok}}
  /other/{name}:
    get:
      operationId: byName
      security: [{}, {sessionCookie: []}]
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
components:
  securitySchemes:
    sessionCookie: {type: apiKey, in: cookie, name: vk_org_token}
"""


@pytest.fixture
def two_documents(monkeypatch):
    """Our document and another one, whose handlers return whom they were called for."""

    def respond(identity: Identity, now: float, dependencies: object) -> Response:
        return Response(200, b"open" if identity.session is None else b"session", (JSON,))

    for name in ("openOperation", "withoutBody", "byName"):
        monkeypatch.setitem(handlers.OPERATIONS, name, respond)
    return build(contract.load(), Contract(OTHER.encode(), "other.yaml"))


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (request_for("POST", "/other/open", body=b'{"a": 1}'), b"open"),
        (request_for("POST", "/other/open", token="x", body=b"{}"), b"open"),
        (request_for("GET", "/other/open", body=b"anything"), b"open"),
        (request_for("GET", "/other/something"), b"open"),
        (request_for("GET", "/other/something", token=FORGE.token()), b"session"),
        (request_for("POST", PATH, token=FORGE.token()), b'{"refreshed": true}'),
    ],
)
def test_operations_of_two_documents_are_served(two_documents, request_, body):
    """With `security: []` nobody is asked who they are; an optional scheme is judged if it is used."""
    assert send(two_documents, request_).response.body == body


@pytest.mark.parametrize(
    ("problem", "request_"),
    [
        (BadRequest, request_for("POST", "/other/open")),
        (UnprocessableContent, request_for("POST", "/other/open", body=b"[]")),
        (Unauthorized, request_for("GET", "/other/something", token="x")),
        (Forbidden, request_for("POST", "/other/open", EVIL, body=b"{}")),
        (Unauthorized, request_for("POST", PATH, body=b"{}")),
    ],
)
def test_operations_of_two_documents_refuse(two_documents, problem, request_):
    """A required body that is missing, one against the schema, a bad credential, a page of another origin."""
    with pytest.raises(problem):
        send(two_documents, request_)


def test_operation_without_a_handler_stops_the_start():
    """A document that names an operation which nobody implements cannot be served."""
    with pytest.raises(ContractError, match="openOperation"):
        build(Contract(OTHER.encode(), "other.yaml"))


def test_scheme_that_is_not_defined_stops_the_start():
    """A document that asks for a credential which it does not define is one line that names the scheme."""
    document = yaml.safe_load(OTHER)
    document["paths"]["/other/open"]["post"]["security"] = [{"anotherScheme": []}]
    with pytest.raises(ContractError, match="anotherScheme"):
        Contract(yaml.safe_dump(document).encode(), "other.yaml")
